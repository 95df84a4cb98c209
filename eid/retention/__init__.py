"""How long rows that have ended are kept, and their end: a catalogue that subjects fill, and who deletes by it."""
