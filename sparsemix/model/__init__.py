"""The model: its network, its decision, its weights file, and what its selection proves (receptive field, replay)."""
