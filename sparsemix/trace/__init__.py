"""Trace of a run: the pairs that every layer and head selected, with their weights and margins, and its file formats."""
