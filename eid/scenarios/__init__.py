"""Load scenarios: plans as data, the Locust users that play them over real HTTP, and the report.

Locust replaces parts of Python's standard library in the process that imports it, so only eid.scenarios.play,
eid.scenarios.worker and what they are made of do, and only processes of their own run them (eid.scenarios.runner starts them).
"""
