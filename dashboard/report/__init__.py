"""The report of one decision as one HTML file, and everything else that is taken away from the record."""
