"""Analyse: files in, a decision with its log and panels, and the list of all decisions."""
