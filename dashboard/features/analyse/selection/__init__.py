"""Selection: all heads at a glance, the map of one head, its pairs and lines."""
