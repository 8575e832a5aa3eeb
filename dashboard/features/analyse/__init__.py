"""Analyse: files in, the verdict, and the list of all decisions."""
