"""Texts of the page Data & training."""
