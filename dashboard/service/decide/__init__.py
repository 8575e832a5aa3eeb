"""From bytes to a recorded decision and back: reading, judging, holding, recording, replaying, comparing."""
