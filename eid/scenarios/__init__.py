"""Load scenarios: plans as data, the Locust users that play them over real HTTP, and the report.

Locust replaces parts of Python's standard library in the process that imports it, so only eid.scenarios.play and
eid.scenarios.visitors do, and only a process of their own runs them (eid.scenarios.runner starts it).
"""
