"""Credential offers (OpenID4VCI 1.0, section 4): made by a citizen on their page, redeemed by a wallet."""
