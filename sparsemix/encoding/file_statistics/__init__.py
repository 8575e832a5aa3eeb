"""What a file says about itself: statistics of every event against all other events of the same file."""
