"""Data & training: own data, learning, learning from reviews, registered weights."""
