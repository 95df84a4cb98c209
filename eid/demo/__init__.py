"""The demo: a country with its cast, its cards and its relying services, made ready and served by one command."""
