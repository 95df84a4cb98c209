"""A virtual chip: it answers command APDUs as the chip of an identity card does. Pure."""
