"""How long content is kept, and how it is erased so that the log can still be verified."""
