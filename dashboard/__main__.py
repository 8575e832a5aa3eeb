"""Serve the app: python -m dashboard [--port 8501] [--address localhost] [--auth MODE] [--db RECORD]; replay ID; drift;
audit-batch; watch FILE; ingest; gate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

# Loaded on demand: the judging processes of some commands load this module as well, and must not load the server.
COMMANDS = {
    "replay": "dashboard.service.decide.replay",
    "drift": "dashboard.service.decide.drift",
    "audit-batch": "dashboard.service.batch.command",
    "watch": "dashboard.service.watch.command",
    "ingest": "dashboard.service.edge_intake.ingest",
    "gate": "dashboard.service.gate.command",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Parse the arguments and serve until stopped, or run a command: `replay DECISION_ID` recomputes a decision, `drift` lists
    the sources that have drifted, `audit-batch` decides on any number of files, `watch` on a file that grows, `ingest` takes in
    the decisions of an edge runtime, `gate` serves the gate API."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words and words[0] in COMMANDS:
        sys.exit(import_module(COMMANDS[words[0]]).main(words[1:]))
    import_module("dashboard.serving").main(words)


if __name__ == "__main__":
    main()
