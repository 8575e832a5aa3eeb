"""What a file says about itself, measured: logs of ten systems, and faults injected into them."""
