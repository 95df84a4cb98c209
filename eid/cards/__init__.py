"""Chip cards: issuing them from the register, their life, and verifying them. What a chip's files mean is in
eid.crypto."""
