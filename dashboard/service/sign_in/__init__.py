"""Who may come in: the mode, the identity provider, and cookies that no script can read."""
