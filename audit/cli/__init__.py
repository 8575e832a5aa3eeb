"""The commands of `python -m audit`."""
