"""Texts of a verdict, by what the weights know."""
