"""A small record that holds something of every kind, signed and exported: what `mutate` spoils."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

from audit import (
    Access,
    AuditStore,
    BlobRef,
    Checkpoint,
    Gate,
    Judgement,
    PairReview,
    PairVerdict,
    Reason,
    Retention,
    ReviewKind,
    ReviewPolicy,
    Role,
    Verdict,
    open_checkpoint,
    utc_now,
)
from audit.export import export_bundle
from tests.audit.builders import UPLOAD, decision, sha
from tests.drills.common import Place, admit, opened

__all__ = ["Intact", "build"]

PASSWORD = "correct horse battery"  # noqa: S105 - of people who do not exist


class Intact(NamedTuple):
    """`older`: what the record was when it had so many entries; `bundle` and `old_bundle`: folders of exported files."""

    url: str
    checkpoint: Checkpoint
    note: str
    verifier_key: str
    older: list[tuple[int, str]]
    bundle: Path
    old_bundle: Path


def build(place: Place, folder: Path, seed: int) -> Intact:
    """Make the record in `place`, and key and bundles in `folder`."""
    url, older = place.copy(), []
    rng = random.Random(seed)  # noqa: S311 - a drill
    with opened(url) as store:
        made = _Made(store, rng)
        made.first_half()
        older.append((store.head().size, _copied(place, store, url)))
    with opened(url) as store:
        auditor = store.access(admit(store, "auditor", Role.AUDITOR))
        export_bundle(auditor, folder / "key.pem", folder / "old")
        made.go_on(store)
        made.second_half()
        older.append((store.head().size, _copied(place, store, url)))
    with opened(url) as store:
        made.go_on(store)
        made.last_third()
        _keep(folder)
        signed = export_bundle(store.access(auditor_token(store)), folder / "key.pem", folder / "bundle", checkpoints=folder / "kept")
    signed_head = open_checkpoint(signed.note, signed.verifier_key)
    return Intact(url, signed_head, signed.note, signed.verifier_key, older, folder / "bundle", folder / "old")
