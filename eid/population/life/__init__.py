"""What happens to people of the register: each event as a rule over plain values, recorded one row a person and act."""
