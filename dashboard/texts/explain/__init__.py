"""Texts of the page Explain."""
