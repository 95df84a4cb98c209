"""The population register: people, their numbers, names, households and places. Nobody in it exists."""
