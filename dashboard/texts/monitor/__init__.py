"""Texts of the page Monitor."""
