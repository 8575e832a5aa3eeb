"""Sequences of moves against real records: is anything released that the rules do not release?

    python -m tests.drills outcomes --sequences 20000 --json

A sequence is one to five moves about one decision or lot, drawn by a seed from a few kinds: honest ones through the program
(`tests.drills.outcomes_honest`), and, in three of five sequences, those of somebody with a key of their own who writes to the
database (`outcomes_forged`).
Then everybody is asked: the gate that ran all the while, a new one, verification, a bundle's `verify.py`, lists, lots, and the
app for forged cookies. Of the first `http` sequences, a gate API that is served all the while, and the commands `gate` and
`verify`, are asked as well. The oracle (`tests.support.audit.oracle`), written from the rules alone, says what is right:

- nobody releases what it does not release, and no cookie opens a session that nobody signed in for;
- where verification finds nothing, all release exactly what the oracle does; all name the same first refused entry;
- after honest moves nothing is refused.

A sequence that fails is shrunk: moves that it does not need are left out. `until`: only as many failures are looked for.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import AuditError, AuditStore
from audit.errors import Tampered
from audit.export.bundle import SignedLog, write_bundle
from audit.export.verify_bundle import verify as verify_bundle
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, public_key, sign_checkpoint
from audit.storage.state import state_of
from tests.drills.common import Json, Place, each, say
from tests.drills.gate import served_gate
from tests.drills.outcomes_forged import FORGED
from tests.drills.outcomes_honest import HONEST
from tests.drills.outcomes_records import Record, Session, records
from tests.drills.outcomes_scene import Move, Scene, released
from tests.support.audit.builders import sha
from tests.support.audit.oracle import Outcomes, outcomes
from tests.support.paths import ROOT

_KEY = Ed25519PrivateKey.generate()
_RIGHT = "without the right"
_LONGEST = 5
_TO_DO = ("waiting", "sampled", "allowed", "half", "approved", "disputed")  # where people still have a word
_NOT_RELEASED = ("rejected", "disputed", "half", "two", "waiting", "ruled")
# Of what people say, more depends than of others.
_OFTEN = frozenset({"write_word", "write_word_as_another", "write_account", "write_like"})


class Drawn(NamedTuple):
    """A sequence: the record, what it is about, who attacks, and its moves, each with a seed of its own."""

    record: int
    focus: str
    attacker: str
    moves: tuple[tuple[str, int], ...]

    @property
    def honest(self) -> bool:
        """Whether nobody writes to the database."""
        return all(name in HONEST for name, _ in self.moves)

    def __str__(self) -> str:
        return f"{self.record} {self.focus} {self.attacker}: {', '.join(f'{name} {seed}' for name, seed in self.moves)}"


def draw(r: random.Random, made: Sequence[Record], *, forged: bool = False) -> Drawn:
    """Draw a sequence: few kinds of moves in each, so that those which belong together meet, and what waits first; ``forged``:
    none of honest people alone."""
    number = r.choices(range(len(made)), [4 if one.signed else 2 for one in made])[0]
    record, honest = made[number], r.random() < 0.5 and not forged
    waiting = _TO_DO if honest else _NOT_RELEASED
    focus = r.choice(record.lots if r.random() < 0.15 else waiting if r.random() < 0.7 else list(record.decisions))
    attacker = r.choices(("rita", "leo", "both", "vera", "ann", "adam"), (5, 4, 3, 1, 1, 5))[0]
    if honest:
        swarm = ["review_honestly", "review_honestly", *r.sample(sorted(HONEST), k=3)]
    else:
        kinds = sorted(FORGED)
        chosen = r.choices(kinds, [4 if name in _OFTEN else 1 for name in kinds], k=r.choice((1, 2, 2, 3)))
        swarm = [*chosen, *chosen, r.choice(sorted(HONEST))]
    moves = tuple((r.choice(swarm), r.randrange(10**9)) for _ in range(r.randint(1, _LONGEST)))
    return Drawn(number, focus, attacker, moves)


class Told(NamedTuple):
    """What came of a sequence: faults, whether the focus ended released, and how many moves did something."""

    faults: list[str]
    released: bool
    moved: int


def carry_out(place: Place, made: Record, drawn: Drawn, *, quick: bool = False, http: bool = False) -> Told:
    """Make the moves of a sequence on a copy of its record, and ask everybody."""
    url = place.copy(made.url)
    if not http:
        try:
            return _carry_out(made, url, drawn, quick=quick)
        finally:
            place.drop(url)
    with tempfile.TemporaryDirectory(prefix="sparsemix-") as state, served_gate(url, state, 4, 1) as base:
        told = _carry_out(made, url, drawn, base=base)
    place.drop(url)
    return told


def _carry_out(made: Record, url: str, drawn: Drawn, *, quick: bool = False, base: str = "") -> Told:
    scene = Scene(made, url, drawn.focus, drawn.attacker)
    asked, begun = _Served(base, scene) if base else None, made.clock.now
    moved, failed = 0, list[str]()
    try:
        for name, seed in drawn.moves:
            move: Move = HONEST.get(name) or FORGED[name]
            before = scene.size()
            try:
                move(scene, random.Random(seed))  # noqa: S311 - a drill
            except AuditError:
                pass  # the program refuses it
            except Exception as error:  # nobody should meet it
                failed.append(f"{name} fails with {type(error).__name__}: {error}")
            moved += scene.size() != before
        faults, focus = _faults(scene, drawn, quick=quick)
        if asked is not None:
            faults += [*asked.faults(), *_by_shell(scene, focus, bool(faults))]
        return Told(failed + faults, focus, moved)
    finally:
        made.clock.now = begun
        scene.close()


def _faults(scene: Scene, drawn: Drawn, *, quick: bool) -> tuple[list[str], bool]:
    rules = outcomes(scene.entries(), weights=sha(b"weights"))
    running = scene.ask()
    fresh = Session(scene.record, scene.url)
    try:
        new = released(fresh.store, scene.ids)
        found = [*_released_wrongly(scene, fresh, rules, running, new), *_cookies(scene, fresh)]
        if not quick:
            found += _disagreements(scene, fresh.store, rules, running, new, honest=drawn.honest)
        elif drawn.honest:
            found += _differences_where_valid(scene, fresh.store, rules, running, new)
        return found, scene.focus in new
    except AuditError as error:
        return [f"the record does not open: {error}"], False
    finally:
        with suppress(AuditError):
            fresh.close()


class _Served:
    """A gate API in a process of its own, which has read the record before the moves."""

    def __init__(self, base: str, scene: Scene) -> None:
        self._base, self._scene = base, scene
        for id in scene.ids:
            self._released(f"decisions/{id}")

    def _released(self, path: str) -> bool | None:
        headers = {"Authorization": f"Bearer {self._scene.record.program_token}"}
        answer = httpx2.get(f"{self._base}/v1/{path}", headers=headers, timeout=60)
        return bool(answer.json()["released"]) if answer.status_code == 200 else None

    def faults(self) -> Iterator[str]:
        """Yield what it releases that the rules do not, and decisions of which it says something else than the gate here."""
        scene = self._scene
        # By none of the weights in use: those of this gate decided nothing here.
        rules, running = outcomes(scene.entries_as_read()), scene.ask()
        for id in scene.ids:
            answer = self._released(f"decisions/{id}")
            if answer and id not in rules.released:
                yield "the gate API releases a decision"
            if bool(answer) != (id in running):
                yield "the gate API says something else than the running gate"
        for name in scene.record.lots:
            if self._released(f"lots?name={name}") and name not in rules.lots:
                yield f"the gate API releases the lot {name!r}"


def _by_shell(scene: Scene, focus: bool, faulty: bool) -> list[str]:
    """Return what the commands say otherwise than the gate in this process, unless that was at fault itself."""
    asked = {"gate": ["gate", scene.focus], "verify": ["verify"]}
    codes = {}
    for name, words in asked.items():
        command = [sys.executable, "-m", "audit", *words, "--db", scene.url]
        codes[name] = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120).returncode
    with suppress(AuditError):
        session = Session(scene.record, scene.url)
        valid = session.store.verify().ok
        session.close()
        said = {"gate": codes["gate"] == 0, "verify": codes["verify"] == 0}
        due = {"gate": focus, "verify": valid}
        return [] if faulty else [f"the command {name} says something else" for name in said if said[name] != due[name]]
    return [] if codes["gate"] and codes["verify"] else ["a command takes a record that does not open"]


def _released_wrongly(
    scene: Scene, fresh: Session, rules: Outcomes, running: frozenset[str], new: frozenset[str]
) -> Iterator[str]:
    names = {id: name for name, id in scene.record.decisions.items()}
    for who, answers in (("the running gate", running), ("a new gate", new)):
        # What the running gate has read stays read, whatever became of its rows.
        due = outcomes(scene.entries_as_read(), weights=sha(b"weights")) if answers is running and scene.as_read else rules
        for id in sorted(answers - due.released):
            yield f"{who} releases the decision {names.get(id, 'of somebody else')!r}"
    for name in scene.record.lots:
        if name not in rules.lots and _lot(scene, fresh, name):
            yield f"the lot {name!r} is released"
    yield from _counted_wrongly(scene, fresh, rules)


def _counted_wrongly(scene: Scene, fresh: Session, rules: Outcomes) -> Iterator[str]:
    """Yield entries that count although the rules say that they count for nothing, whether or not something rests on them.

    What is about something erased is left out, and what one refused entry closes already: all that is about its subject. So are
    sign-outs: one of a session that is over ends nothing.
    """
    entries = scene.entries()
    with suppress(Tampered), fresh.store.database.read() as connection:
        state_of(connection).follow(connection)  # of a record that does not open, nothing counts
        refused = {one["seq"] for one in entries if state_of(connection).refusal(one["seq"]) is not None}
        closed = {one["subject"] for one in entries if one["seq"] in refused or one["payload"] is None}
        for one in (one for one in entries if one["type"] != "signed_out"):
            if one["seq"] in rules.refused - refused and one["subject"] not in closed:
                yield f"an entry of the kind {one['type']} counts"


def _lot(scene: Scene, session: Session, name: str) -> bool:
    """Return whether the gate releases a lot (`dashboard.service.gate.answers.lot`)."""
    try:
        lots = session.of("lea").lots
        outcomes = lots.outcomes(lots.sequences(name), sha(b"weights"))
    except AuditError:
        return False
    done = released(session.store, outcomes.decisions)
    vouched = not hasattr(lots, "is_vouched") or lots.is_vouched(name)  # the drill runs on earlier revisions, too
    return vouched and bool(outcomes.decisions) and not outcomes.failed and done == set(outcomes.decisions)


def _cookies(scene: Scene, fresh: Session) -> Iterator[str]:
    if not scene.record.signed:
        return
    for token in scene.forged:
        try:
            person = fresh.store.accounts.person(token)
        except AuditError:
            continue
        yield f"a forged cookie opens a session of {person.name!r}"


def _disagreements(
    scene: Scene, store: AuditStore, rules: Outcomes, running: frozenset[str], new: frozenset[str], *, honest: bool
) -> Iterator[str]:
    try:
        report, bundle = store.verify(), _bundle(store)
    except Exception as error:  # whatever it is, nobody should meet it
        yield f"verification fails with {type(error).__name__}: {error}"
        return
    if honest:
        for who, text in (("verification", report.problem_text), ("verify.py", bundle[1])):
            if text is not None:
                yield f"honest moves, and {who} says: {text}"
    if report.ok:
        yield from _differences_where_valid(scene, store, rules, running, new)
        if bundle[1] is not None and store.log_size():
            yield f"verification finds nothing, verify.py says: {bundle[1]}"
    elif report.problem_text is not None and _RIGHT in report.problem_text:
        first = _first(store, scene.ids)
        if bundle[0] not in (report.problem_seq, None):
            yield f"verification names entry {report.problem_seq}, verify.py {bundle[0]}: {bundle[1]}"
        if first not in (report.problem_seq, None):
            yield f"verification names entry {report.problem_seq}, the gate {first}: {report.problem_text}"


def _differences_where_valid(
    scene: Scene, store: AuditStore, rules: Outcomes, running: frozenset[str], new: frozenset[str]
) -> Iterator[str]:
    if lost := (rules.released & set(scene.ids)) - new:
        yield f"valid, and the new gate does not release {len(lost)} that the rules release"
    if running != new and not scene.gone:
        yield "valid, and the running gate says something else than the new one"
    listed = {one.decision.id for one in store.decisions(limit=500) if one.gate.value == "released"}
    if listed & set(scene.ids) != new:
        yield "valid, and the list of decisions says something else than the gate"


def _first(store: AuditStore, ids: Sequence[str]) -> int | None:
    """Return the number of the first entry for which the gate closes, for any decision."""
    with store.database.read() as connection:
        subjects = {row[0] for row in connection.exec_driver_sql("SELECT DISTINCT subject FROM log").fetchall()}
        try:
            closing = [state_of(connection).closing(connection, id) for id in sorted({*ids, *subjects})]
        except AuditError:
            return None  # it closes for everything
    return min((one.seq for one in closing if one is not None and one.seq is not None), default=None)


def _bundle(store: AuditStore) -> tuple[int | None, str | None]:
    """Write a bundle as an insider would, who holds the key as well; return the entry and the text that verify.py names."""
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-"))
    try:
        head = store.head()
        note = sign_checkpoint(_KEY, head.size, head.root, DEFAULT_ORIGIN)
        signed = SignedLog(Checkpoint(DEFAULT_ORIGIN, head.size, head.root), note, public_key(_KEY, DEFAULT_ORIGIN))
        write_bundle(folder / "bundle", signed, evidence=iter(store.evidence(0, head.size)), read_blob=store.blob)
        found = verify_bundle(folder / "bundle")
        return found.problem_seq, found.problem_text
    except AuditError as error:
        return None, str(error)
    finally:
        shutil.rmtree(folder)


def shrink(place: Place, made: Record, drawn: Drawn, sort: str) -> Drawn:
    """Return the sequence without the moves that a failure of this sort does not need."""
    for n in reversed(range(len(drawn.moves))):
        less = drawn._replace(moves=drawn.moves[:n] + drawn.moves[n + 1 :])
        if less.moves and sort in map(_sort, carry_out(place, made, less).faults):
            drawn = less
    return drawn


def drill(arguments: Namespace) -> Json:
    """Draw and carry out sequences on every store."""
    return each(arguments, lambda place: _on(place, arguments), durable=False)


def _on(place: Place, arguments: Namespace) -> Json:
    r, made = random.Random(arguments.seed), list(records(place))  # noqa: S311 - a drill
    counts: Counter[str] = Counter()
    failures: list[Json] = []
    kinds: Counter[str] = Counter()
    for number in range(1, arguments.sequences + 1):
        drawn = draw(r, made, forged=arguments.forged)
        told = carry_out(place, made[drawn.record], drawn, quick=arguments.quick, http=number <= arguments.http)
        counts["sequences"] += 1
        if drawn.honest and told.moved:
            counts["legitimate"] += 1
            counts["legitimate_released"] += told.released
        counts["failed"] += bool(told.faults)
        for sort in sorted(set(map(_sort, told.faults))):
            kinds[sort] += 1
            if kinds[sort] <= arguments.shown:
                short = shrink(place, made[drawn.record], drawn, sort)
                faults = carry_out(place, made[short.record], short).faults
                failures.append({"at": number, "sort": sort, "sequence": str(short), "faults": faults})
                say(f"{place.kind} {number}: {short}\n    {faults}")
        if arguments.until and counts["failed"] >= arguments.until:
            break
        if number % 500 == 0:
            say(f"{place.kind}: {dict(counts)}")
    for one in made:
        place.drop(one.url)
    return {"ok": not failures, **counts, "kinds": dict(kinds.most_common()), "failures": failures}


def _sort(fault: str) -> str:
    """Return what faults have in common: their words without names and numbers, up to what somebody else said."""
    words = re.sub(r"'(?!lot-).*?'", "", fault.partition(": ")[0]).split()
    return " ".join(word for word in words if not word.isdigit())
