"""The review queue: claims, reviews, the gate they lead to, agreement, and what reviewers say as a set to learn from."""
