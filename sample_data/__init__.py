"""Production logs with planted long-range causes, and the files that the app ships.

``python -m sample_data generate --events 2048 --seed 7 --out logs/``

Rooms: ``phrases`` and ``press`` (what an assembly line and a press line write, in English and Japanese), ``lines`` (all that
differs between them), ``plant`` (the simulation and its faults),
``files`` (log and ground truth on disk), ``__main__`` (the command).
"""

from sample_data.plant import Fault, GeneratedLog, PlantConfig, generate

__all__ = ["Fault", "GeneratedLog", "PlantConfig", "generate"]
