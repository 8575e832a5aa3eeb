"""Choosing files and saying how they are read: what Analyse and Data & training share."""
