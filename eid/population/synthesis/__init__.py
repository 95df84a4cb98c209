"""People made up from a seed: a thousand at a time, in families and households that hold together.

Each block of a thousand has its own stream of chance and its own share of every number, so that it is the same whatever is
made before, after or beside it. Pure: the same seed gives the same people, byte for byte.
"""
