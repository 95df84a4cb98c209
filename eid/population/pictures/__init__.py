"""Pictures of a register: who lives there by age, family, group and name, and a map of tiles. SVG, without a library."""
