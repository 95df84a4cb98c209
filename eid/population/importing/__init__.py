"""A register of one's own: its file is checked row by row, and what holds is loaded; documented in docs/population.md."""
