"""Signing in: the way in that is shown in place of a page, the account in the sidebar, passwords, the identity provider."""
