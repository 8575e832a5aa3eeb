"""Backup of a record while it is in use, and its restoring into an empty database."""
