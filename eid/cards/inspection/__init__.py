"""The reader's side of a chip's protocols; ICAO 9303 calls it the inspection system. Pure: whoever calls brings the line to
the chip."""
