"""Entries that nobody had the right to make, appended in the program's own form: found by verify, the gate and verify.py.

    python -m tests.drills authority --json

`tests.support.audit.unfounded` makes every kind of entry times every wrong from the table of rights, `unsigned` every kind that
people or programs sign times every wrong about its signature. Each is appended to a copy of a record; then all three must
refuse it and name an entry that was forged. The untouched records must pass all three.
"""

from __future__ import annotations

import shutil
import tempfile
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import AuditStore, gate
from audit.export.bundle import SignedLog, write_bundle
from audit.export.verify_bundle import verify
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, public_key, sign_checkpoint
from audit.storage.database import read_head
from audit.storage.state import ABOUT_DECISIONS
from tests.drills.common import Json, Place, each, opened, say
from tests.support.audit import unfounded, unsigned, unsigned_alone
from tests.support.audit.unfounded import Case, Cast

_KEY = Ed25519PrivateKey.generate()


def drill(arguments: Namespace) -> Json:
    """Try every wrong on every store; `every`: only each n-th of them."""
    return each(arguments, lambda place: _on(place, arguments.every), durable=False)


def _on(place: Place, every: int) -> Json:
    tried, faults = _tried(place, unfounded.stage, list(unfounded.cases())[::every])
    signatures_tried = 0
    for listed in (unsigned, unsigned_alone):
        number, more = _tried(place, listed.stage, list(listed.cases())[::every])
        signatures_tried += number
        faults += more
    figures = {"tried": tried, "signatures_tried": signatures_tried, "faults": len(faults), "first_faults": faults[:10]}
    return {"ok": not faults, **figures}


def _tried(place: Place, stage: Callable[[str], Cast], cases: Sequence[Case]) -> tuple[int, list[str]]:
    """Try every case on a copy of its own; return how many were tried, and what was wrong."""
    base = place.copy()
    cast = stage(base)
    faults = [f"the untouched record: {who} {text}" for who, text in _told(base, cast.released).items() if text is not None]
    for number, case in enumerate(cases, 1):
        url = place.copy(base)
        faults += _faults(url, cast, case)
        place.drop(url)
        if number % 50 == 0:
            say(f"{place.kind}: {number} of {len(cases)} wrongs")
    place.drop(base)
    return len(cases), faults


def _faults(url: str, cast: Cast, case: Case) -> list[str]:
    """Forge one entry; return which of the three do not refuse it, or name an entry that was there before."""
    with opened(url) as store, store.database.write() as connection:
        size = read_head(connection).size
        seq = case.forge(store, connection, cast)
    with opened(url, read_only=True) as store:
        forged = store.entries(after=size)
    entry = next(entry for entry in forged if entry.seq == seq)
    wanted = {f"Entry {one.seq} ({one.type} " for one in forged}
    told = _told(url, entry.subject if entry.type in ABOUT_DECISIONS else cast.released)
    return [
        f"{case.name}: {who} said {text!r:.200}"
        for who, text in told.items()
        if text is None or "without the right to it" not in text or not any(name in text for name in wanted)
    ]


def _told(url: str, decision_id: str) -> dict[str, str | None]:
    """Return what each of the three says is wrong with a record; None: nothing."""
    with opened(url, read_only=True) as store:
        report, answer, bundle = store.verify(), gate(store, decision_id), _bundle(store)
    text = report.problem_text
    if text is not None and f"Entry {report.problem_seq} " not in text:
        text = f"number {report.problem_seq}, but {text}"
    return {"verify": text, "gate": None if answer else answer.reason, "verify.py": bundle}


def _bundle(store: AuditStore) -> str | None:
    """Write a bundle as an insider would, who holds the key as well; return what the stand-alone verifier says is wrong."""
    head = store.head()
    note = sign_checkpoint(_KEY, head.size, head.root, DEFAULT_ORIGIN)
    signed = SignedLog(Checkpoint(DEFAULT_ORIGIN, head.size, head.root), note, public_key(_KEY, DEFAULT_ORIGIN))
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-"))
    try:
        write_bundle(folder / "bundle", signed, evidence=iter(store.evidence(0, head.size)), read_blob=store.blob)
        return verify(folder / "bundle").problem_text
    finally:
        shutil.rmtree(folder)
