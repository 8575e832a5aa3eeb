"""Sign-in: its mode, the identity provider, and cookies that no script can read."""
