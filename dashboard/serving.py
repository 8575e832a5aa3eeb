"""Serving the app: the command's arguments, the sign-in mode, and the settings that guard the server."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from streamlit.starlette import App

from audit import AuditError, default_location, open_store
from audit.storage.database import sqlite_path
from dashboard.service.common.memory import share_heaps
from dashboard.service.common.places import HOME, PACKAGES
from dashboard.service.sign_in.identity import Mode, is_local, mode, newcomer_roles, set_up_code
from dashboard.service.sign_in.tickets import ROUTES

FOLDER = PACKAGES / "dashboard"
SETTINGS = FOLDER / ".streamlit" / "config.toml"
_LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]", "::1"]


def options(arguments: argparse.Namespace, serving: Mode) -> dict[str, object]:
    """Return Streamlit's settings: those of the package in ``SETTINGS``, and the ones that guard the server, which are fixed
    here and not left to a configuration file."""
    with SETTINGS.open("rb") as file:
        fixed = dict(_named(tomllib.load(file)))
    fixed |= {
        "server.port": arguments.port,
        "server.address": arguments.address,
        "server.headless": True,
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.maxUploadSize": 64,
        "server.fileWatcherType": "none",
        "runner.postScriptGC": False,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
    }
    if serving is Mode.SINGLE:
        # There is no sign-in: another site must not reach the app under a host name of its own (DNS rebinding).
        fixed["server.allowedHosts"] = _LOCAL_HOSTS
    if arguments.oidc_config is not None:
        fixed["secrets.files"] = [str(arguments.oidc_config.resolve())]
    elif HOME != PACKAGES:
        # Streamlit would look in the working folder, which is not yet HOME while it starts.
        fixed["secrets.files"] = [str(folder / ".streamlit" / "secrets.toml") for folder in (Path.home(), HOME)]
    return fixed


def _named(settings: Mapping[str, object], section: str = "") -> Iterator[tuple[str, object]]:
    """Yield the settings of a configuration file by their full names, such as ``theme.light.primaryColor``."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _named(value, f"{section}{name}.")
        else:
            yield section + name, value


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="Serve the SparseMix dashboard.")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument(
        "--address", default="localhost", help="network address to listen on; localhost reaches this machine only"
    )
    parser.add_argument(
        "--auth",
        choices=[option.value for option in Mode],
        default=os.environ.get("SPARSEMIX_AUTH") or None,
        help="who may come in: single (one user on this machine, no password), password (accounts of the record), oidc (an "
        "identity provider); default: SPARSEMIX_AUTH, else single on this machine as long as the record has no accounts, "
        "else password",
    )
    parser.add_argument(
        "--oidc-config",
        type=Path,
        help="TOML file whose section [auth] names the identity provider; default: .streamlit/secrets.toml here or at home",
    )
    parser.add_argument(
        "--oidc-roles",
        help="roles of people whom the identity provider sends for the first time, such as viewer,reviewer, or none; "
        "default: SPARSEMIX_OIDC_ROLES, else viewer",
    )
    parser.add_argument(
        "--db",
        "--database-url",
        help="audit record: path or postgresql://...; default: SPARSEMIX_DATABASE_URL, SPARSEMIX_AUDIT_DB, else data/audit.db",
    )
    parser.add_argument(
        "--weights", type=Path, help="weights; default: SPARSEMIX_WEIGHTS, else sample_data/weights.safetensors"
    )
    return parser


def settle(arguments: argparse.Namespace) -> Mode:
    """Put the settings into environment variables, where the app looks for them, and return the mode to serve in. Raises
    `SystemExit` with the reason when the settings do not fit."""
    try:
        if arguments.db is not None:
            path = sqlite_path(arguments.db)
            os.environ["SPARSEMIX_DATABASE_URL"] = arguments.db if path is None else ""
            os.environ["SPARSEMIX_AUDIT_DB"] = "" if path is None else str(path.resolve())
        if arguments.weights is not None:
            os.environ["SPARSEMIX_WEIGHTS"] = str(arguments.weights.resolve())
        if arguments.oidc_roles is not None:
            os.environ["SPARSEMIX_OIDC_ROLES"] = arguments.oidc_roles
        if arguments.auth is not None:
            Mode(arguments.auth)  # SPARSEMIX_AUTH may hold anything
        if arguments.oidc_config is not None and not arguments.oidc_config.is_file():
            raise ValueError(f"there is no file {arguments.oidc_config}")
        newcomer_roles(os.environ.get("SPARSEMIX_OIDC_ROLES"))
    except (AuditError, ValueError) as error:
        raise SystemExit(f"python -m dashboard: {error}") from error
    os.environ["SPARSEMIX_AUTH"] = arguments.auth or ""
    accounts = _has_accounts()
    serving = mode(arguments.auth, arguments.address, accounts=bool(accounts))
    if arguments.auth == Mode.SINGLE and serving is not Mode.SINGLE:
        why = (
            "the record has accounts and requires sign-in"
            if is_local(arguments.address)
            else f"others can reach the address {arguments.address} and would need no password"
        )
        raise SystemExit(f"python -m dashboard: --auth single is refused: {why}; use --auth password")
    if serving is not Mode.SINGLE and accounts is False:
        set_up_code()
    return serving


def _has_accounts() -> bool | None:
    """Return whether the record has accounts; None when it cannot be opened: the pages will show the reason."""
    location = default_location()
    path = sqlite_path(location)
    try:
        if path is not None:
            path = (HOME / path).resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
        store = open_store(location if path is None else path)
        try:
            return store.accounts.exist()
        finally:
            store.close()
    except (AuditError, OSError):
        return None


def main(words: Sequence[str]) -> None:
    """Parse the arguments and serve until stopped."""
    arguments = parser().parse_args(words)
    share_heaps()
    serving = settle(arguments)
    config = options(arguments, serving)
    # Streamlit puts the folder of the command on sys.path, not that of the packages.
    sys.path.insert(0, str(PACKAGES))
    # Streamlit also reads the settings of the working folder. Another application's could weaken what guards the server.
    os.chdir(PACKAGES)
    App(FOLDER / "app.py", routes=ROUTES, lifespan=_at_home).run(config=config)


@asynccontextmanager
async def _at_home(_app: App) -> AsyncIterator[dict[str, object]]:
    """Serve from HOME, to which relative paths belong; Streamlit has read its settings by then."""
    os.chdir(HOME)
    yield {}
