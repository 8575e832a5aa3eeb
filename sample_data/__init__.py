"""Production logs and other files with planted causes, and the files that the app ships.

``python -m sample_data generate --events 2048 --seed 7 --out logs/``

Modules: ``phrases`` (texts of an assembly line and a press line, in English and Japanese), ``lines`` (all that differs between
the lines), ``plant`` (the simulation and its faults), ``access_log`` (a web server's log), ``sensor_table`` (a pump's sensor
values), ``planted`` (what these two give), ``__main__`` (the command, and log and ground truth on disk).
"""

from sample_data.plant import Fault, GeneratedLog, PlantConfig, generate

__all__ = ["Fault", "GeneratedLog", "PlantConfig", "generate"]
