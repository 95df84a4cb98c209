"""How good a register is: correct, sufficient, clean, live (đúng, đủ, sạch, sống). Rules, what breaks them, and the score.

Each subject has a module of checks: a rule as a sentence, and beside it the question to the database that finds who breaks it.
Cards and accounts bring checks of their own; whoever audits hands all of them to inspection.audit_population.
"""
