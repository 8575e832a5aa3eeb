"""Serve the app: python -m dashboard [--port 8501] [--address localhost] [--auth MODE] [--db RECORD]; replay ID; drift;
audit-batch; watch FILE; ingest; gate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

# Loaded when they are asked for: processes that judge for some of them load this module as well, and shall not load the server.
COMMANDS = {
    "replay": "dashboard.service.decide.replay",
    "drift": "dashboard.service.decide.drift",
    "audit-batch": "dashboard.service.batch.command",
    "watch": "dashboard.service.watch.command",
    "ingest": "dashboard.service.edge_intake.ingest",
    "gate": "dashboard.service.gate.command",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Parse the arguments and serve until stopped; `replay DECISION_ID` recomputes a decision instead, `drift` tells which
    sources have drifted, `audit-batch` decides on any number of files, `watch` on one that grows, `ingest` takes in those
    of an edge runtime, `gate` answers other systems."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words and words[0] in COMMANDS:
        sys.exit(import_module(COMMANDS[words[0]]).main(words[1:]))
    import_module("dashboard.serving").main(words)


if __name__ == "__main__":
    main()
