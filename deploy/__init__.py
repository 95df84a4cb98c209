"""How the service is run on more than one machine."""
