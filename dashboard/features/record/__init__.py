"""Record: entries, verification, checkpoints, replay, retention, export."""
