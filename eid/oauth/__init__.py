"""The provider: OAuth 2 and OpenID Connect for relying services, by RFC 6749, 6750, 7636, 9207, 9700 and OpenID Connect Core 1.0.

The code flow with PKCE and nothing else. Written straight on eid.crypto.jwt, to be read from top to bottom.
"""
