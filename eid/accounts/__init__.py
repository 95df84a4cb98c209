"""Identification accounts: opening, activation, authenticators, sign-in, locks (Law 26/2023, Decree 69/2024)."""
