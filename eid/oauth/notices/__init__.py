"""What services are told by us, unasked: logout tokens and security events, kept until they are delivered."""
