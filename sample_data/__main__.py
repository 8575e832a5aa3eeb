"""The command line: ``python -m sample_data {generate,ship} --help``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sample_data.files import write
from sample_data.lines import LINES
from sample_data.plant import LANGUAGES, PlantConfig, generate

SHIPPED = {
    "healthy": (PlantConfig(events=2000, fault_rate=0.0, language="en"), 11, False),
    "faulty": (PlantConfig(events=2000, fault_rate=0.15, language="ja"), 12, False),
    "long": (PlantConfig(events=50_000, fault_rate=0.1, language="mixed"), 13, True),
}


def build_parser() -> argparse.ArgumentParser:
    """All commands and options."""
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
    ship = commands.add_parser("ship", help="write the three files that come with the app")
    ship.add_argument("--out", type=Path, default=Path(__file__).parent / "logs", metavar="DIR")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; exit status 0, or 2 for options that make no sense."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command == "ship":
        for name, (config, seed, packed) in SHIPPED.items():
            print(*write(generate(config, seed), options.out, name, packed=packed))
        return 0
    try:
        config = PlantConfig(
            options.events, options.fault_rate, options.pace, options.check_rate, options.language, options.line
        )
    except ValueError as error:
        parser.error(str(error))
    name = f"{'plant' if options.line == 'assembly' else options.line}-{options.language}-{options.events}-{options.seed}"
    print(*write(generate(config, options.seed), options.out, name, packed=options.gz))
    return 0


if __name__ == "__main__":
    sys.exit(main())
