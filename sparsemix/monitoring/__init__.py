"""Monitoring: drift of the selection on a source, and diversity of data."""
