"""Verification: derives every entry, row and file again and names the first that does not hold."""
