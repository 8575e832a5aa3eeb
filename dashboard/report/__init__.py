"""The report of one decision as one HTML file, and the exports of the record."""
