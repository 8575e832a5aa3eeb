"""Verification: every entry, row and file derived again, and the first one named that does not hold."""
