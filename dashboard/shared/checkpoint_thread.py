"""The app's checkpoints: where they go, and the thread that signs them on schedule.

SPARSEMIX_CHECKPOINTS     folder, by default `RECORD.checkpoints` beside the record: better another machine's share
SPARSEMIX_CHECKPOINT_KEY  private key, by default beside the record
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import streamlit as st

from audit import AuditStore, Checkpoint, InvalidRecord, StoreUnavailable, load_key, open_checkpoint, public_key
from audit.checkpoint_schedule import CheckpointKeeper, SignedFile, signed_in
from dashboard.shared import cache


def folder() -> Path:
    """Where checkpoints go."""
    chosen = os.environ.get("SPARSEMIX_CHECKPOINTS")
    return Path(chosen) if chosen else _beside("checkpoints", "checkpoints")


def key_path() -> Path:
    """Where the signing key lies."""
    chosen = os.environ.get("SPARSEMIX_CHECKPOINT_KEY")
    if chosen:
        return Path(chosen)
    return _beside("key", "checkpoint.key")


def keeper() -> CheckpointKeeper:
    """The keeper of this record, at work since the first visitor came."""
    return _keeper(cache.store().database.place, str(folder()))


def kept(last: int) -> list[SignedFile]:
    """The last checkpoints that lie there, newest first. Raises AuditError: not ours, changed, out of reach."""
    try:
        if not key_path().exists() or not folder().exists():
            return []
    except OSError as error:  # a share whose server is gone
        raise StoreUnavailable(f"cannot look for checkpoints in {folder()}: {error.strerror}") from error
    return signed_in(folder(), _own_key(), last=last)[::-1]


def newest() -> Checkpoint | None:
    """The newest checkpoint that lies there. Raises as ``kept``."""
    found = kept(1)
    return found[0].checkpoint if found else None


def brought(note: bytes, key: bytes | None) -> Checkpoint:
    """A checkpoint that somebody kept elsewhere, signed by ``key``, or else by this record's own.

    Raises InvalidRecord when it is none, Tampered when its signature is wrong.
    """
    try:
        return open_checkpoint(note.decode(), _own_key() if key is None else key.decode())
    except UnicodeDecodeError as error:
        raise InvalidRecord("this file is no checkpoint: it is not text") from error


def _own_key() -> str:
    return public_key(load_key(key_path()))


def _beside(ending: str, otherwise: str) -> Path:
    """A place named after the record's file, or two records in one folder would take each other's; for PostgreSQL in data."""
    path = cache.store().database.path
    return cache.DATA / otherwise if path is None else path.with_name(f"{path.name}.{ending}")


@st.cache_resource(show_spinner=False)
def _keeper(place: str, at: str) -> CheckpointKeeper:
    del place  # only part of the cache's key
    store: AuditStore = cache.store()
    made = CheckpointKeeper(store, key_path(), Path(at))
    threading.Thread(target=made.watch, args=(threading.Event(),), name="checkpoints", daemon=True).start()
    return made
