"""Prior knowledge of events besides attention: expectation from counts of contexts, evidence of n-grams and of columns."""
