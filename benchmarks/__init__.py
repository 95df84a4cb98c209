"""What `make bench` measures: always as ratios within one run, because absolute figures move with the machine's mood."""
