"""Logs that are decided on while they grow."""
