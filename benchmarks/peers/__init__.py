"""eid beside its peers: the same sign-ins, tokens and documents asked of each, each server alone on one core, in turns.

Every peer's server is a small program in this folder, installed by `install.py` from lock files; figures are processor time of
the server and of its own PostgreSQL, so what asks costs nothing here.
"""
