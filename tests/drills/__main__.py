"""Long tests of the audit record: python -m tests.drills NAME --json [--rounds N] [--database URL] [--seed N] ...

Each prints one JSON object: what was tried, what was lost, what was measured, and `ok`; the exit code is 0 only if it is
true. Without --database, a drill makes what it needs, SQLite in a new folder and PostgreSQL on a throw-away server, and runs
on both. With it, its databases are made on that server (and dropped), or beside that SQLite file under its name.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module

from tests.drills.common import Json, machine

# Name -> what it does, and the arguments of its own: option -> default, help.
DRILLS: dict[str, tuple[str, dict[str, tuple[object, str]]]] = {
    "kill": ("SIGKILL at random and named points", {"rounds": (1000, "kills in each store")}),
    "disk": (
        "a disk that is really full",
        {
            "rounds": (40, "times that each store's disk fills up"),
            "no-mount": (False, "do as if no file system could be mounted"),
        },
    ),
    "backup": ("backups under load, the machine lost, the record restored", {"rounds": (100, "machines lost in each store")}),
    "race": (
        "many reviewers on one queue",
        {
            "reviewers": (32, "processes"),
            "items": (10_000, "decisions for each overlap"),
            "overlaps": ("1,2,3", "independent reviews of a decision"),
            "think": (0.75, "mean seconds between claim and submit, exponential: 32 of them load two cores by a third"),
            "lease": (2, "seconds that a claim lasts"),
        },
    ),
    "authority": ("entries that nobody had the right to make", {"every": (1, "each n-th of the cases is tried")}),
    "outcomes": (
        "sequences of moves by honest people and by one who writes to the database, against the rules",
        {
            "sequences": (20_000, "on each store"),
            "until": (0, "stop after so many failures; 0: never"),
            "shown": (3, "failures of each sort that are shrunk and shown"),
            "quick": (False, "ask the gates alone, not verification"),
            "forged": (False, "no sequences of honest people alone"),
            "http": (0, "of so many sequences, a served gate API and the commands of the shell are asked as well"),
        },
    ),
    "switched": (
        "the drill outcomes against a fold of which one check is switched off",
        {
            "sequences": (2_000, "on each store"),
            "only": ("", "checks that have this in their place or text"),
        },
    ),
    "catalogue": ("the database itself changed by its owner", {"every": (1, "each n-th of the changes is made")}),
    "batch": (
        "a batch audit under both engines, killed on the way",
        {
            "files": (10_000, "logs"),
            "events": (100, "lines of each"),
            "kills": (5, "of the whole command"),
            "no-ray": (False, "judge by the processes of this machine only"),
        },
    ),
    "fuzz": (
        "coverage-guided fuzzing of all readers, in bounded memory and time",
        {"seconds": (3600, "of fuzzing")},
    ),
    "gate": (
        "many requests at once at the gate for other systems",
        {
            "requests": (200, "logs, all at once"),
            "events": (100, "lines of each"),
            "queue": (64, "sequences under way"),
            "workers": (2, "processes that judge"),
        },
    ),
    "feedback": (
        "weights that learn from reviews of simulated reviewers",
        {
            "reviews": (200, "by two people a decision"),
            "events": (2048, "lines of a reviewed log"),
            "replay": (600, "logs that nobody reviewed"),
            "noise": (0.1, "share of words that are wrong"),
            "steps": (600, "of learning"),
            "fresh": (108, "logs to measure on"),
        },
    ),
    "watch": (
        "a growing log that is watched: lag, memory, and every decision the same as by itself",
        {
            "seconds": (600, "how long lines are written"),
            "rate": (2000, "lines a second"),
            "turn": (45, "seconds from rotation to truncation to rotation"),
            "context": (2000, "lines that a decision looks at"),
            "every": (500, "new lines from decision to decision"),
            "checked": (60, "decisions that are judged once more"),
        },
    ),
    "bombs": (
        "files that were made to take the app along, and damaged archives beside good files",
        {
            "light": (False, "leave out the files that take seconds"),
            "every": (1, "take one file of so many"),
            "damaged": (1200, "damaged archives"),
        },
    ),
    "clock": ("clocks that step", {"rounds": (2000, "actions in each store")}),
    "mutate": (
        "evidence that was changed",
        {"rounds": (10_000, "mutations; PostgreSQL gets a twentieth more"), "clean": (1000, "intact records")},
    ),
    "proofs": ("Merkle proofs", {"size": (257, "largest tree")}),
    "witness": (
        "records put back or rewritten, before the gate's client and witnesses",
        {"rounds": (100, "on each store"), "entries": (100_000, "of the log whose costs are measured; 0: none")},
    ),
    "shares": (
        "long files of one person, and what the others wait",
        {
            "people": (10, "at the app, one of whom has the long files"),
            "files": (4, "long ones, all at once"),
            "events": (199_000, "lines of each"),
            "megabytes": (62, "of each"),
            "pause": (1.0, "seconds from one short file to the next"),
        },
    ),
    "routes": (
        "the addresses of the log page under one person's hands, and what the others wait",
        {
            "lines": (404_000, "of the log"),
            "people": (10, "who ask for its overview at once"),
            "finds": (40, "searches of one person at once"),
            "left": (100, "searches that are asked and left"),
        },
    ),
    "speed": (
        "verification, and a long queue",
        {
            "entries": (200_000, "length of the log to verify"),
            "items": (1_000_000, "length of the queue; 0: no queue"),
            "reviewers": (4, "processes that claim and submit on it"),
            "claims": (50, "claims of each"),
        },
    ),
    "roles": ("every action by every role; forged, expired and replayed tokens", {}),
    "web": (
        "attacks over the network, and by pages of other sites in a browser",
        {
            "every": (1, "each n-th of the attacks is tried; a flood of refusals always"),
            "refusals": (500, "refused requests of one viewer's token"),
        },
    ),
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    sub = parser.add_subparsers(dest="drill", required=True, metavar="NAME")
    for name, (what, options) in DRILLS.items():
        one = sub.add_parser(name, help=what, description=what)
        one.add_argument("--json", action="store_true", help="one line instead of an indented object")
        one.add_argument("--database", metavar="URL", help="a PostgreSQL server's database, or a path for SQLite")
        one.add_argument("--seed", type=int, default=1, help="of everything random (default: %(default)s)")
        one.add_argument("--no-targets", action="store_true", help="report speeds without judging them: a busy machine")
        for option, (default, told) in options.items():
            if default is False:
                one.add_argument(f"--{option}", action="store_true", help=told)
            else:
                one.add_argument(f"--{option}", type=type(default), default=default, help=f"{told} (default: %(default)s)")
    return parser


def run(argv: Sequence[str]) -> Json:
    """Run one drill; return what it found."""
    arguments = build_parser().parse_args(argv)
    drill: Callable[[argparse.Namespace], Json] = import_module(f"tests.drills.{arguments.drill}").drill
    asked = {name: value for name, value in vars(arguments).items() if name not in ("json", "drill")}
    begun = time.monotonic()
    found = drill(arguments)
    return {
        "drill": arguments.drill,
        "ok": found.pop("ok"),
        "asked": asked,
        **found,
        "machine": machine(),
        "seconds": round(time.monotonic() - begun, 1),
    }


def main(argv: Sequence[str]) -> int:
    """Run one drill and print what it found; return the exit code."""
    found = run(argv)
    print(json.dumps(found, ensure_ascii=False, indent=None if "--json" in argv else 2))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
