"""What every training shares: optimizer, checkpoint, devices, processes, metrics."""
