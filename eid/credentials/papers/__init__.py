"""The papers there are, one file each: its entry of the catalogue, PAPER. Pure."""
