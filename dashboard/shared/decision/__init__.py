"""A decision wherever it is shown: choosing it, its verdict, its log and its pairs."""
