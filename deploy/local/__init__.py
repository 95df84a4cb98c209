"""The shape of deploy/ on one machine: each host in namespaces of its own, from the same configuration files; and its drills."""
