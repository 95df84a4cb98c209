"""The authorities that hold what a paper says: insurance and transport. Each keeps its own tables and its own rules."""
