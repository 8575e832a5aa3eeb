"""Entries that nobody had the right to make, and as many that are as they should be: the permanent adversary.

    python -m tests.drills authority --json

`tests.support.audit.adversary` makes every kind of entry by every actor, with every field that could lend power, and says which
verdict each must get; `unsigned_alone` the same for the record that a machine's key signs. The rules, which the app, the gate,
`verify` and `verify.py` share, are asked about every case; nothing that is refused may have changed what counts. The first case
of every kind and reason, and of every kind that is in order, and some more are appended to a record of their own, and all four
are asked there.

The drill `outcomes` asks a second opinion: an oracle that was written apart from the rules.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import AuditStore, NotFound, gate
from audit.export.bundle import SignedLog, write_bundle
from audit.export.verify_bundle import verify
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, public_key, sign_checkpoint
from audit.storage.state import ABOUT_DECISIONS, state_of
from tests.drills.common import Json, Place, each, opened, say
from tests.support.audit import adversary, unsigned, unsigned_alone
from tests.support.audit.unfounded import stored
from tests.support.audit.unsigned import Base, Case, Scene, Team, read

_KEY = Ed25519PrivateKey.generate()
_ALSO = 23  # each n-th is appended, too
_ELSEWHERE = frozenset({"account", "person", "control"})  # verification compares them with tables that no forger here fills


def drill(arguments: Namespace) -> Json:
    """Try every case on every store; `every`: only each n-th of them."""
    return each(arguments, lambda place: _on(place, arguments.every), durable=False)


def _on(place: Place, every: int) -> Json:
    found: dict[str, Counter[str]] = {name: Counter() for name in ("tried", "appended")}
    faults = _tried(place, unsigned.stage, adversary.cases, every, found)
    faults += _tried(place, unsigned_alone.stage, lambda _base: unsigned_alone.cases(), every, found)
    told: Json = {name: dict(counted.most_common()) for name, counted in found.items()}
    return {"ok": not faults, **told, "faults": len(faults), "first_faults": faults[:10]}


def _tried(
    place: Place,
    stage: Callable[[str], Team],
    cases: Callable[[Base], Iterable[Case]],
    every: int,
    found: dict[str, Counter[str]],
) -> list[str]:
    """Try cases that continue one record; return what was wrong."""
    url = place.copy()
    base = read(url, stage(url))
    faults = [f"the untouched record: {who} {text}" for who, text in _told(url, base.team.released).items() if text]
    known = set[tuple[str, str]]()
    for number, case in enumerate(list(cases(base))[::every]):
        scene, seq, reason, fault = case.tried(base)
        found["tried"]["refused" if case.refused else "in order"] += 1
        faults += [] if fault is None else [fault]
        sort = (case.kind, _sort(reason))
        # Verification asks more of texts than the rules of rights do.
        plain = case.kind not in _ELSEWHERE and "text" not in case.name
        if (case.refused and number % _ALSO == 0) or (sort not in known and (case.refused or plain)):
            known.add(sort)
            found["appended"]["refused" if case.refused else "in order"] += 1
            faults += _appended(place, url, case, scene, seq)
            if len(known) % 50 == 0:
                say(f"{place.kind}: {len(known)} appended, {found['tried'].total()} tried, {len(faults)} faults")
    place.drop(url)
    return faults


def _sort(reason: str) -> str:
    """Return what reasons have in common: their plain words."""
    words = re.sub(r"'.*?'", "", reason.partition("right to it: ")[2], flags=re.DOTALL).split()
    return " ".join(word for word in words if word.isalpha() and word.islower())[:60]


def _appended(place: Place, base: str, case: Case, scene: Scene, seq: int) -> list[str]:
    """Append a case to a copy of its record; return who of the four says something else than they must."""
    url = place.copy(base)
    with opened(url) as store, store.database.write() as connection:
        for one in scene.written:
            stored(connection, one.entry, one.sealed, one.content)
    entry = scene.at(seq).entry
    decision = entry.subject if entry.type in ABOUT_DECISIONS else scene.team.released
    told = _told(url, decision)
    place.drop(url)
    if not case.refused:
        return [f"{case.name}: {who} said {text!r:.300}" for who, text in told.items() if text is not None and who != "gate"]
    # A signature that signs nothing touches no decision.
    asked = [who for who in told if entry.type != "signature" or who.startswith("verify") or told[who] is not None]
    return [
        f"{case.name}: {who} said {text!r:.300}"
        for who, text in ((who, told[who]) for who in asked)
        if text is None or not any(re.search(rf"\bentry {one.entry.seq}\b", text, re.IGNORECASE) for one in scene.written)
    ]


def _told(url: str, decision_id: str) -> dict[str, str | None]:
    """Return what each of the four says is wrong with a record; None: nothing."""
    with opened(url, read_only=True) as store:
        with store.database.read() as connection:
            closing = state_of(connection).closing(connection, decision_id)
        app = None if closing is None else closing.text
        try:
            answer = gate(store, decision_id)
            told = None if answer else answer.reason
        except NotFound:  # a name that no decision has: nobody can ask for it
            told = app
        return {"app": app, "gate": told, "verify": store.verify().problem_text, "verify.py": _bundle(store)}


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
