"""Accuracy on tasks that need far look-ups, beside the dense softmax twin."""
