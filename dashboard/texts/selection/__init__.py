"""Texts of the page Selection."""
