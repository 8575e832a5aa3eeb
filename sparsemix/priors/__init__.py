"""What is known of an event beside attention: counts of contexts, n-grams, columns, and what was expected to come next."""
