"""Plants known defects into a generated register, to see whether an audit finds them all and nothing else.

Shares no code with the audit: what is done to a person is written here, and which rules that breaks. For tests and demos
only; there is no way back but a new register. Cards and accounts bring kinds of their own; whoever spoils hands all of them to
planting.spoil_register.
"""
