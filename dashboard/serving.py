"""Serving the app: the command's arguments, the sign-in mode, and the settings that guard the server."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import streamlit
import uvicorn
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.starlette import App
from streamlit.web.bootstrap import load_config_options

from audit import SINGLE_USER, AuditError, AuditStore, default_location, open_store
from audit.storage.database import sqlite_path
from dashboard.service.common.memory import share_heaps
from dashboard.service.common.places import HOME, PACKAGES
from dashboard.service.log.routes import ROUTES as LOG
from dashboard.service.sign_in.identity import Mode, is_local, mode, newcomer_roles, set_up_code
from dashboard.service.sign_in.tickets import ROUTES as TICKETS
from dashboard.service.web.connections import LIMITS, BoundedConnection
from dashboard.service.web.former_pages import ROUTES as FORMER_PAGES
from dashboard.service.web.frames import BoundedStream
from dashboard.service.web.guard import Guard
from dashboard.service.web.headers import headers
from dashboard.service.web.media import KEPT
from dashboard.service.web.messages import MOST_BYTES, MOST_BYTES_BEFORE
from dashboard.service.web.open_files import places, raise_limit
from dashboard.service.web.origins import Address, public_address
from dashboard.service.web.uploads import LEAST, OF_FILE_MB
from dashboard.service.web.visitors import VISITORS

FOLDER = PACKAGES / "dashboard"
SETTINGS = FOLDER / ".streamlit" / "config.toml"
_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"


def options(arguments: argparse.Namespace) -> dict[str, object]:
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
        "server.maxUploadSize": OF_FILE_MB,
        "server.maxWidgetStateSize": MOST_BYTES // 1024**2,
        "server.disconnectedSessionTTL": KEPT,
        "server.baseUrlPath": "",
        "server.enableAgentApi": False,
        "server.trustedUserHeaders": {},
        "server.fileWatcherType": "none",
        "runner.postScriptGC": False,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        # By default Streamlit's hosts may command the app by messages from a page of theirs around it.
        "client.allowedOrigins": [],
    }
    if arguments.public_url:
        # A proxy need not pass the name on, under which it was asked.
        fixed["server.corsAllowedOrigins"] = [arguments.public_url]
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
        "--public-url",
        help="address under which people reach the app through a proxy, such as https://audit.plant.example; pages of no other "
        "origin may use it",
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
        arguments.public_url = public_address(arguments.public_url) if arguments.public_url else ""
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


def _record() -> AuditStore:
    """Open the record. Raises `AuditError`, `OSError`."""
    location = default_location()
    path = sqlite_path(location)
    if path is not None:
        path = (HOME / path).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
    return open_store(location if path is None else path)


def _has_accounts() -> bool | None:
    """Return whether the record has accounts; None when it cannot be opened: the pages will show the reason."""
    try:
        with closing(_record()) as store:
            return store.accounts.exist()
    except (AuditError, OSError):
        return None


def _persons(address: str) -> Callable[[str | None], str | None]:
    """Return the question whose session has this token, or who a visitor without one is: where one user works alone, it is
    them. None for nobody. The record is opened with the first question."""
    opened: list[AuditStore] = []
    opening = threading.Lock()

    def person(token: str | None) -> str | None:
        try:
            with opening:
                if not opened:
                    opened.append(_record())
            accounts = opened[0].accounts
            if mode(os.environ.get("SPARSEMIX_AUTH"), address, accounts=accounts.exist()) is Mode.SINGLE:
                return SINGLE_USER
            return accounts.person(token).id if token else None
        except (AuditError, OSError):
            return None

    return person


def _uploads() -> dict[str, int]:
    """Return the bytes of uploads that each session of Streamlit's keeps now."""
    kept = Runtime.instance().uploaded_file_mgr
    if not isinstance(kept, MemoryUploadedFileManager):
        return {}
    # Copies: other threads take files away meanwhile.
    return {
        session: sum(max(len(file.data), LEAST) for file in list(files.values()))
        for session, files in list(kept.file_storage.items())
    }


def main(words: Sequence[str]) -> None:
    """Parse the arguments and serve until stopped."""
    arguments = parser().parse_args(words)
    share_heaps()
    settle(arguments)
    config = options(arguments)
    # Streamlit puts the folder of the command on sys.path, not that of the packages.
    sys.path.insert(0, str(PACKAGES))
    # Streamlit also reads the settings of the working folder. Another application's could weaken what guards the server.
    os.chdir(PACKAGES)
    load_config_options(config)
    room = places(raise_limit())
    BoundedConnection.most_waiting = min(BoundedConnection.most_waiting, room.requests // 2)
    guarded = Guard(
        App(FOLDER / "app.py", routes=(*TICKETS, *LOG, *FORMER_PAGES), lifespan=_at_home),
        Address(arguments.address, arguments.public_url),
        headers(_PAGE.read_text(encoding="utf-8")),
        port=arguments.port,
        streams=room.streams,
        visitors=VISITORS,
        person=_persons(arguments.address),
        kept=_uploads,
        parsed=ForwardMsg.FromString,
    )
    shown = f"[{arguments.address}]" if ":" in arguments.address else arguments.address
    print(f"\n  SparseMix: {arguments.public_url or f'http://{shown}:{arguments.port}'}\n", flush=True)
    uvicorn.run(
        guarded,
        host=arguments.address,
        port=arguments.port,
        ws=BoundedStream,
        ws_max_size=MOST_BYTES_BEFORE,
        ws_per_message_deflate=False,
        # Streamlit's own settings of the user, or of the environment.
        ssl_certfile=streamlit.get_option("server.sslCertFile"),
        ssl_keyfile=streamlit.get_option("server.sslKeyFile"),
        **LIMITS | {"limit_concurrency": room.requests + room.streams},
    )


@asynccontextmanager
async def _at_home(_app: App) -> AsyncIterator[dict[str, object]]:
    """Serve from HOME, to which relative paths belong; Streamlit has read its settings by then."""
    os.chdir(HOME)
    yield {}
