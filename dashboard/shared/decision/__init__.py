"""A decision wherever it is shown: choosing it, its verdict, its pairs, and the overlay of a method."""
