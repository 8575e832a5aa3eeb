"""Explain: why, remove and force, change the log, compare, usual or not, report."""
