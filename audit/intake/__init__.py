"""What comes in: files and their sources, failed inputs, lots, reading settings, registered weights."""
