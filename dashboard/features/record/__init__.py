"""Record: entries, verification, checkpoints, export."""
