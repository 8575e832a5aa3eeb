"""Monitoring: drift of the selection on a source."""
