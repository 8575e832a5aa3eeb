"""Texts of the page Analyse: files, how they are read, what can be wrong with them."""
