"""Batch audits: any number of files, decided and recorded once each."""
