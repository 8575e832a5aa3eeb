"""Pre-training of the model for any log, on generated logs whose words, identifiers, rules and distances are drawn anew."""
