"""Serve the app: python -m dashboard [--port 8501] [--address localhost] [--db PATH] [--weights PATH]."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from streamlit.web import cli

ROOT = Path(__file__).resolve().parent.parent


def options(arguments: argparse.Namespace) -> list[str]:
    """The command line for Streamlit: whatever guards the server is fixed here, not left to a configuration file."""
    fixed = {
        "server.port": arguments.port,
        "server.address": arguments.address,
        "server.headless": "true",
        "server.enableCORS": "true",
        "server.enableXsrfProtection": "true",
        "server.maxUploadSize": "64",
        "server.fileWatcherType": "none",
        "runner.postScriptGC": "false",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
    }
    return ["run", str(ROOT / "dashboard" / "app.py"), *(f"--{name}={value}" for name, value in fixed.items())]


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    made = argparse.ArgumentParser(prog="python -m dashboard", description="Serve the SparseMix dashboard.")
    made.add_argument("--port", type=int, default=8501)
    made.add_argument(
        "--address", default="localhost", help="network address to listen on; localhost reaches this machine only"
    )
    made.add_argument("--db", type=Path, help="audit record; default: SPARSEMIX_AUDIT_DB, else data/audit.db")
    made.add_argument("--weights", type=Path, help="weights; default: SPARSEMIX_WEIGHTS, else sample_data/weights.safetensors")
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Parse the arguments and serve until stopped."""
    arguments = parser().parse_args(argv)
    for variable, path in (("SPARSEMIX_AUDIT_DB", arguments.db), ("SPARSEMIX_WEIGHTS", arguments.weights)):
        if path is not None:
            os.environ[variable] = str(path.resolve())
    # Streamlit puts the folder of app.py on sys.path, not the root, and looks for its theme in the working folder.
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    cli.main(options(arguments), prog_name="streamlit")


if __name__ == "__main__":
    main()
