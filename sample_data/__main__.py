"""Command ``python -m sample_data {generate,web,sensors,ship} --help``: write a generated file and its ground truth.

``NAME.log`` (or ``.log.gz``, ``.csv``) holds the lines, ``NAME.truth.json`` beside it:

    {"seed": 7, "language": "en", "label": 1, "labels": {"<line>": "<fault>"}, "pairs": [[effect, cause], ...]}

Line numbers count from 1, as an editor shows them. Every line that ``labels`` does not name is healthy.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

from sample_data.access_log import AccessLogConfig, generate_access_log
from sample_data.lines import LINES
from sample_data.plant import LANGUAGES, GeneratedLog, PlantConfig, generate
from sample_data.planted import PlantedFile
from sample_data.sensor_table import SensorConfig, generate_sensor_table

# Name -> configuration, seed, and whether the log is packed.
SHIPPED = {
    "healthy": (PlantConfig(events=2000, fault_rate=0.0, language="en"), 11, False),
    "faulty": (PlantConfig(events=2000, fault_rate=0.15, language="ja"), 12, False),
    "long": (PlantConfig(events=50_000, fault_rate=0.1, language="mixed"), 13, True),
}


# Name -> a function that generates the file, and the ending of its name.
SHIPPED_BESIDE: dict[str, tuple[Callable[[], PlantedFile], str]] = {
    "web": (lambda: generate_access_log(AccessLogConfig(), 21), ".log"),
    "sensors": (lambda: generate_sensor_table(SensorConfig(), 22), ".csv"),
}


def truth(log: GeneratedLog | PlantedFile) -> dict[str, object]:
    """Return the ground truth as JSON values; line numbers count from 1, as an editor shows them."""
    if isinstance(log, PlantedFile):
        return {
            "events": log.events,
            "seed": log.seed,
            "label": int(bool(log.faults)),
            "labels": {str(line): fault for line, fault in log.faults.items()},
            "pairs": [list(pair) for pair in log.pairs],
        }
    return {
        "events": len(log.lines),
        "seed": log.seed,
        "language": log.language,
        "label": log.label,
        "labels": {str(i + 1): fault.value for i, fault in enumerate(log.faults) if fault is not None},
        "pairs": [[effect + 1, cause + 1] for effect, cause in log.pairs],
    }


def write(
    log: GeneratedLog | PlantedFile, folder: Path, name: str, *, ending: str = ".log", packed: bool = False
) -> tuple[Path, Path]:
    """Write log and truth into ``folder`` and return their paths. The same log gives the same bytes, packed or not."""
    folder.mkdir(parents=True, exist_ok=True)
    data = ("\n".join(log.lines) + "\n").encode()
    path = folder / (f"{name}{ending}.gz" if packed else f"{name}{ending}")
    # No time stamp and no name in the gzip header, or the bytes would differ from run to run.
    path.write_bytes(gzip.compress(data, compresslevel=9, mtime=0) if packed else data)
    truth_path = folder / f"{name}.truth.json"
    truth_path.write_text(json.dumps(truth(log), separators=(",", ":")) + "\n")
    return path, truth_path


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="python -m sample_data", description="Production logs with planted causes.")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("generate", help="write one log and its ground truth")
    make.add_argument("--events", type=int, default=2048, help="lines (default %(default)s)")
    make.add_argument("--seed", type=int, required=True)
    make.add_argument("--out", type=Path, required=True, metavar="DIR")
    make.add_argument("--fault-rate", type=float, default=0.3, help="0 gives a healthy log (default %(default)s)")
    make.add_argument("--language", choices=LANGUAGES, default="en")
    make.add_argument("--line", choices=tuple(LINES), default="assembly", help="which line (default %(default)s)")
    make.add_argument("--pace", type=float, default=1.0, help="scales the distance between cause and effect")
    make.add_argument("--check-rate", type=float, default=0.08, help="share of lines that need a far one to be judged")
    make.add_argument("--gz", action="store_true", help="pack the log")
    web = commands.add_parser("web", help="write a web server's access log and its ground truth")
    web.add_argument("--events", type=int, default=AccessLogConfig().requests, help="lines (default %(default)s)")
    sensors = commands.add_parser("sensors", help="write a table of sensor values and its ground truth")
    sensors.add_argument("--events", type=int, default=SensorConfig().rows, help="rows (default %(default)s)")
    for other in (web, sensors):
        other.add_argument("--seed", type=int, required=True)
        other.add_argument("--out", type=Path, required=True, metavar="DIR")
        other.add_argument("--healthy", action="store_true", help="plant no fault")
    ship = commands.add_parser("ship", help="write the files that come with the app")
    ship.add_argument("--out", type=Path, default=Path(__file__).parent / "logs", metavar="DIR")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return exit status 0, or exit with 2 for contradictory options."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command == "ship":
        for name, (config, seed, packed) in SHIPPED.items():
            print(*write(generate(config, seed), options.out, name, packed=packed))
        for name, (made, ending) in SHIPPED_BESIDE.items():
            print(*write(made(), options.out, name, ending=ending))
        return 0
    try:
        log, name, ending = _generated(options)
    except ValueError as error:
        parser.error(str(error))
    print(
        *write(log, options.out, f"{name}-{options.events}-{options.seed}", ending=ending, packed=getattr(options, "gz", False))
    )
    return 0


def _generated(options: argparse.Namespace) -> tuple[GeneratedLog | PlantedFile, str, str]:
    """Return the file that the options ask for, and the beginning and the ending of its name. Raises `ValueError`."""
    if options.command == "web":
        requests = options.events
        config = AccessLogConfig(requests, requests // 5, requests // 6, faulty=not options.healthy)
        return generate_access_log(config, options.seed), "web", ".log"
    if options.command == "sensors":
        drift = 0.0 if options.healthy else SensorConfig().drift
        return generate_sensor_table(SensorConfig(options.events, drift=drift), options.seed), "sensors", ".csv"
    plant = PlantConfig(options.events, options.fault_rate, options.pace, options.check_rate, options.language, options.line)
    name = f"{'plant' if options.line == 'assembly' else options.line}-{options.language}"
    return generate(plant, options.seed), name, ".log"


if __name__ == "__main__":
    sys.exit(main())
