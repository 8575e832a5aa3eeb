"""Training: on generated logs, on own data, and on feedback from reviews; what all of them share is in `common`."""
