"""Whether what is selected stays what it was: drift of a source, and how one-sided data are."""
