"""The exact search for keys: an index of groups and cells, and the compiled loops that build and search it."""
