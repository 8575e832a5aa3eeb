"""The records: decisions, reviews and log entries as immutable records, their vocabulary, checks and canonical JSON."""
