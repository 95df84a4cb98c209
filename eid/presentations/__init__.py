"""Credentials that holders show from their wallets: OpenID4VP 1.0, asked for and verified on behalf of relying services."""
