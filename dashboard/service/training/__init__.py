"""Training for the app: a process of its own, watched and stopped by its job."""
