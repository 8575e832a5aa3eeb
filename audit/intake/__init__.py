"""Intake: input files, failures, lots, sources with their reading settings, gate changes, registered weights."""
