"""What programs call: JSON in, JSON out, described at /api/openapi.json."""
