"""Chip documents, tokens and secrets as pure functions: bytes, keys and times in; verified values or refusals out.

Usable alone: nothing in here loads Flask, a database, a clock or a setting.
"""
