"""A small wallet: takes credentials by OpenID4VCI, keeps them in a folder, and shows of them what is asked for by OpenID4VP."""
