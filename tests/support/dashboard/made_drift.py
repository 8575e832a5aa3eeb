"""Sources with made-up profiles in a record: hundreds of decisions, recorded directly; one source changes."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from audit import Access, AuditStore, new_id, open_store, utc_now
from dashboard.service.decide.drift import Arrival, follow
from sparsemix.monitoring.drift import SelectionProfile
from sparsemix.monitoring.drift.profile import MARKS, PLACES, NamedKind, kind_hash
from tests.support.audit.builders import blobs_of, decision, sha
from tests.support.audit.team import add

WEIGHTS = sha(b"weights")
USUAL = tuple(f"step {i} done" for i in range(12))
NEW = tuple(f"phase {i} complete" for i in range(12))


def profile(rng: np.random.Generator, templates: tuple[str, ...] = USUAL) -> SelectionProfile:
    """Return the profile of a run on lines of these templates, where every line selects the line before it."""
    kinds = list(pairwise(templates))
    shares = np.round(rng.dirichlet(np.linspace(60, 20, len(kinds))), 5)
    sketch, marks = np.zeros(PLACES), np.zeros(MARKS, np.bool_)
    for kind, share in zip(kinds, shares, strict=True):
        sketch[kind_hash(*kind) % PLACES] += share
        marks[kind_hash(*kind) % MARKS] = True
    vectors = {
        "kinds": sketch,
        "margins": np.round(rng.normal([0.1, 0.4, 0.9, 0.1, 0.5, 1.0], 0.02), 4),
        "selected": np.round(rng.normal([1.1, 1.2], 0.05), 4),
        "anchor": np.round(rng.beta(30, 10, 2), 4),
        "certified": np.ones(2),
        "known": np.round(rng.beta(970, 30, 1), 4),
        "scores": np.round(rng.normal([-9, -7, -4], 0.3), 4),
    }
    order = np.argsort(-shares)
    named = tuple(NamedKind(*kinds[i], float(shares[i])) for i in order)
    return SelectionProfile(1, 400, 400, vectors, named, marks)


def decide(
    store: AuditStore,
    access: Access,
    source: str,
    made: SelectionProfile,
    upload: bytes | None = None,
    **fields: object,
) -> str:
    """Record a decision of a source with this profile, followed as the pipeline does; return its id."""
    id, at = new_id(), utc_now()
    data = id.encode() if upload is None else upload
    watch, drift = follow(access, Arrival(id, at, source, WEIGHTS, sha(data)), access.sources.last(source, WEIGHTS), made)
    details = {"source": source, "hold_reasons": ["drift"] if watch.alarm else [], **drift}
    given = {"input_sha256": sha(data), "input_name": f"{source}.log", "started_at": at, "ended_at": at, **fields}
    record = decision(id=id, details=details, **given)
    add(store, record, blobs_of(data, b"arrow-ipc-stream-of-layer-0"))
    return id


@cache
def _file() -> tuple[bytes, tuple[str, ...]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "audit.db"
        store = open_store(path)
        ids = drifted(store, store.single_user("test"))
        store.close()
        return path.read_bytes(), tuple(ids)


def place(db: Path) -> tuple[str, ...]:
    """Put a record of ``drifted`` at this path, made once for all tests; return the decisions' ids."""
    content, ids = _file()
    db.write_bytes(content)
    return ids


def drifted(store: AuditStore, access: Access, source: str = "line4", before: int = 100) -> list[str]:
    """Record decisions of a source that changes after so many, up to the alarm; return their ids."""
    rng = np.random.default_rng(11)
    ids = [decide(store, access, source, profile(rng)) for _ in range(before)]
    while True:
        ids.append(decide(store, access, source, profile(rng, NEW)))
        if store.decision(ids[-1]).details["drift"]["alarm"]:  # type: ignore[index]
            return ids
