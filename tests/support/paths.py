"""Where the checkout and its shipped files lie, for tests that start programs or read files of the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "sample_data" / "logs"
WEIGHTS = ROOT / "sample_data" / "weights.safetensors"
