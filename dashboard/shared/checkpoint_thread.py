"""The app's checkpoints: where they go, and the thread that signs them on schedule.

SPARSEMIX_CHECKPOINTS     folder, by default `RECORD.checkpoints` beside the record: better another machine's share
SPARSEMIX_CHECKPOINT_KEY  private key, by default beside the record

To whom they go besides, `audit.transparency.outside` says: witnesses, a time authority, tiles.
"""

from __future__ import annotations

import threading
from pathlib import Path

import streamlit as st

from audit import AuditError, AuditStore, Checkpoint, InvalidRecord, StoreUnavailable, load_key, open_checkpoint, public_key
from audit.checkpoint_schedule import CheckpointKeeper, SignedFile, signed_in
from audit.transparency.outside import Outside
from dashboard.service.common import places
from dashboard.shared import cache


def folder() -> Path:
    """Return the folder of the checkpoints."""
    return places.checkpoint_folder(_location())


def key_path() -> Path:
    """Return the path of the signing key."""
    return places.checkpoint_key(_location())


def keeper() -> CheckpointKeeper:
    """Return the keeper of this record's checkpoints, at work since the first visitor came."""
    return _keeper(cache.store().database.place, str(folder()))


def signed_files(last: int) -> list[SignedFile]:
    """Return the last checkpoints in the folder, newest first. Raises `AuditError` when one was signed by another key, was
    changed, or is out of reach."""
    try:
        if not key_path().exists() or not folder().exists():
            return []
    except OSError as error:  # the server of a network share is gone
        raise StoreUnavailable(f"cannot look for checkpoints in {folder()}: {error.strerror}") from error
    return signed_in(folder(), _own_key(), last=last)[::-1]


def newest() -> Checkpoint | None:
    """Return the newest checkpoint in the folder. Raises the same errors as ``signed_files``."""
    files = signed_files(1)
    return files[0].checkpoint if files else None


def opened(note: bytes, key: bytes | None) -> Checkpoint:
    """Open a checkpoint that was kept elsewhere, signed by ``key``, or else by this record's own key.

    Raises `InvalidRecord` when the file is not a checkpoint, `Tampered` when its signature is wrong.
    """
    try:
        return open_checkpoint(note.decode(), _own_key() if key is None else key.decode())
    except UnicodeDecodeError as error:
        raise InvalidRecord("this file is not a checkpoint: it is not text") from error


def _own_key() -> str:
    return public_key(load_key(key_path()))


def _location() -> str | Path:
    database = cache.store().database
    return database.location if database.path is None else database.path


@st.cache_resource(show_spinner=False)
def _keeper(place: str, at: str) -> CheckpointKeeper:
    del place  # only part of the cache's key
    store: AuditStore = cache.store()
    try:
        outside, wrong = Outside.named(), []
    except AuditError as error:  # checkpoints are signed all the same, and the page says what is wrong
        outside, wrong = Outside(), [str(error)]
    checkpoint_keeper = CheckpointKeeper(store, key_path(), Path(at), outside=outside)
    checkpoint_keeper.not_done = wrong
    threading.Thread(target=checkpoint_keeper.watch, args=(threading.Event(),), name="checkpoints", daemon=True).start()
    return checkpoint_keeper
