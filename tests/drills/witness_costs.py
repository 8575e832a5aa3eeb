"""What the log among logs costs in time of a processor: following it, tiles, cosignatures, and proofs of the gate's answers."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from audit import AuditStore
from audit.checkpoint_schedule import CheckpointKeeper
from audit.log.checkpoints import public_key
from audit.log.private_keys import key_of
from audit.storage.database import Draft
from audit.transparency.following import follow_once
from audit.transparency.outside import Outside
from audit.transparency.tiles import check_tiles
from audit.transparency.witness import Witness, create_witness
from dashboard.service.gate import schema
from dashboard.service.gate.proofs import Proofs
from tests.drills.common import Json, figures

_TIMES = 40
_BATCH = 5_000  # entries in one transaction


def costs(address: str, entries: int) -> Json:
    """Measure all on a log of `entries` events in a new record at `address`."""
    store = AuditStore(address)
    for start in range(0, entries, _BATCH):
        _grow(store, min(_BATCH, entries - start))
    with tempfile.TemporaryDirectory(prefix="sparsemix-") as name:
        found = _measure(store, Path(name))
    store.close()
    return {"entries": entries, **found, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _measure(store: AuditStore, folder: Path) -> Json:
    key, out = folder / "key", folder / "out"
    line = public_key(key_of(key))
    proofs, keeper = Proofs(store, key, folder / "gate"), CheckpointKeeper(store, key, out, outside=Outside(tiles=True))
    create_witness(folder / "w1", "plant.example/w1")
    witness = Witness(folder / "w1")
    witness.trust(line)
    size, entry = store.log_size(), store.entries(store.log_size() // 2, 1)[0]
    answer = schema.Decision(id="0" * 32, released=False, gate=None, reason="", facts=None)

    def prove() -> None:
        (proven,) = proofs.of([(answer, entry)], max(1, size // 3))
        if proven.log is None or not proven.log.inclusion or not proven.log.consistency:
            raise RuntimeError("nothing was proven")

    first = {
        "follow_a_second": lambda: keeper.look(now=True),
        "tiles_written_a_second": keeper.publish,
        "tiles_checked_a_second": lambda: check_tiles(out, line),
    }
    rates = {name: round(size / _seconds(work)) for name, work in first.items()}
    prove()
    still = [_seconds(prove) for _ in range(_TIMES)]
    grown = []
    for _ in range(_TIMES):
        _grow(store, 1)
        grown.append(_seconds(prove))
    steps = []
    for _ in range(_TIMES // 4):
        _grow(store, 256)
        keeper.look(now=True)
        keeper.publish()
        steps.append(_seconds(lambda: follow_once(witness, out)))
    return rates | {"proof": figures(still), "proof_of_a_log_that_grew": figures(grown), "cosigned_from_tiles": figures(steps)}


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _grow(store: AuditStore, count: int) -> None:
    with store.database.write() as connection:
        store.database.append_all(connection, [Draft("a", "note", "s", {"n": n}) for n in range(count)])
