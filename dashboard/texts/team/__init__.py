"""Texts of the page Team, and of signing in."""
