"""The trace of a run: which pairs every layer and head selected, with their evidence, and its file formats."""
