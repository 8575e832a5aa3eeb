"""Evidence that was changed behind the program's back: every change must be detected, and no intact record may be called bad.

    python -m tests.drills mutate --json --rounds 10000

One small record with something of every kind is signed and exported. Each round changes one thing in a copy of the database
(`tests.drills.mutations`, `rewriting`) or of the bundle (`spoilt_bundles`), and verifies it against the checkpoint and the key
that were kept outside. Where one entry is the first bad one, the report has to name it. In addition, small random records are
verified unchanged, some while others write to them: none may be called bad.
"""

from __future__ import annotations

import random
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from audit import AuditError, Checkpoint
from audit.export import verify_bundle
from tests.drills.common import Json, Place, both_stores, opened, places, say
from tests.drills.forger import Forger, NoChange, forging
from tests.drills.intact import Intact, build
from tests.drills.mutations import KINDS, Facts, Mutation, mutate
from tests.drills.rewriting import rechain, settle, truncate
from tests.drills.spoilt_bundles import SpoiltBundle
from tests.drills.untouched import Untouched

PROCESSES = 2
_LEFT_OUT = (
    "leases, skips, when a session began, was used or ended, counters of failed sign-ins, a bundle's verifier and README.txt: "
    "they grant and prove nothing; "
    "primary keys and unique columns stay in force, triggers, foreign keys and NOT NULL do not"
)
_UNDEFINED = (
    "re-chain, old single files, an erasure that was changed, the head's size, and rows that claim another "
    "entry's number: several entries are bad at once, or each of them holds and only the checkpoint tells; a rewritten bundle: "
    "the first signature of a person that no longer fits is named"
)
# Beside the kinds of `mutations`.
_WEIGHTS = KINDS | {"re-chain": 2, "truncate": 1, "older copy": 1}


class Part(NamedTuple):
    """The share of the rounds of one process."""

    kind: str
    database: str | None
    rounds: int
    bundles: int
    clean: int
    seed: str


def drill(arguments: Namespace) -> Json:
    """Mutate databases and bundles in several processes; PostgreSQL gets a twentieth of the rounds in addition."""
    kinds, not_tried = both_stores(arguments.database)
    bundles = round(arguments.rounds * 0.3)
    parts = []
    for number in range(PROCESSES):
        rounds, spoilt, clean = (
            (total + number) // PROCESSES for total in (arguments.rounds - bundles, bundles, arguments.clean)
        )
        parts.append(Part(kinds[0], arguments.database, rounds, spoilt, clean, f"{arguments.seed} {number}"))
    if kinds[-1] != kinds[0]:
        parts.append(
            Part(kinds[-1], None, max(5, arguments.rounds // 20), 0, max(1, arguments.clean // 20), str(arguments.seed))
        )
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
        tallies = list(pool.map(run, parts))
    total = _Tally()
    for tally in tallies:
        total.add(tally)
    return total.report() | {"left_out": _LEFT_OUT, "undefined_because": _UNDEFINED, "not_tried": not_tried}


class _Tally:
    def __init__(self) -> None:
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.stores: Counter[str] = Counter()
        self.clean: Counter[str] = Counter()
        self.faults: list[str] = []

    def add(self, other: _Tally) -> None:
        for kind, counts in other.kinds.items():
            self.kinds[kind] += counts
        self.stores += other.stores
        self.clean += other.clean
        self.faults += other.faults

    def judge(self, where: str, done: Mutation, found: tuple[bool, int | None, str]) -> None:
        """Note the verdict of the verification on a mutation."""
        ok, seq, text = found
        counts = self.kinds[done.what]
        counts["tried"] += 1
        self.stores[where] += 1
        counts["undetected" if ok else "detected"] += 1
        if ok:
            self.faults.append(f"{where}, {done}: undetected {text}")
        elif not done.defined:
            counts["undefined"] += 1
        elif seq == done.expected:
            counts["named"] += 1
        else:
            counts["misnamed"] += 1
            self.faults.append(f"{where}, {done}: {seq} was named: {text}")

    def report(self) -> Json:
        """Return the report of all mutations."""
        sums = Counter[str]()
        for counts in self.kinds.values():
            sums += counts
        clean = {name: self.clean[name] for name in ("records", "while_others_wrote", "bundles", "false_alarms", "entries")}
        ok = not self.faults and clean["false_alarms"] == 0 and sums["detected"] == sums["tried"] > 0
        groups: dict[str, Counter[str]] = defaultdict(Counter)
        for kind, counts in self.kinds.items():
            groups[kind.split(".")[0] if kind.startswith("cell") else kind] += counts
        return {
            "ok": ok,
            "mutations": sums["tried"],
            "detected": sums["detected"],
            "undetected": sums["undetected"],
            "first_bad_entry_named_right": sums["named"],
            "first_bad_entry_named_wrong": sums["misnamed"],
            "first_bad_entry_undefined": sums["undefined"],
            "forgeries_that_fit_without_a_checkpoint": self.clean["fit"],
            "by_place": dict(self.stores),
            "by_kind": {kind: groups[kind]["tried"] for kind in sorted(groups)},
            "clean_runs": clean,
            "faults": len(self.faults),
            "first_faults": self.faults[:8],
        }


def run(part: Part) -> _Tally:
    """Run the share of one process."""
    tally = _Tally()
    rng = random.Random(part.seed)  # noqa: S311 - a drill
    with (
        places(part.database, part.kind, durable=False) as place,
        TemporaryDirectory(prefix="sparsemix-") as folder,
    ):
        intact = build(place, Path(folder), rng.randrange(1000))
        with forging(intact.url) as forger:
            facts = Facts(forger)
        databases = _Databases(place, intact, facts, tally, rng)
        _each(part.rounds, f"{part.kind} databases", databases.one)
        bundle = SpoiltBundle(intact.bundle, intact.old_bundle, Path(folder) / "spoilt")
        _each(part.bundles, "bundles", lambda: _bundle(bundle, intact, tally, rng))
        clean = Untouched(place, Path(folder), rng)
        _each(part.clean, f"{part.kind} intact records", clean.one)
        tally.clean += clean.counts
        tally.faults += clean.faults
        place.drop(intact.url)
        for _, url in intact.older:
            place.drop(url)
    return tally


def _each(rounds: int, what: str, act: Callable[[], None]) -> None:
    done = 0
    while done < rounds:
        with suppress(NoChange):
            act()
            done += 1
            if done % 1000 == 0:
                say(f"{done} {what}")


def verdict(url: str, checkpoint: Checkpoint | None) -> tuple[bool, int | None, str]:
    """Return the verdict of the verification; an error that it raises on purpose is also a refusal, without an entry."""
    try:
        with opened(url, read_only=True) as store:
            report = store.verify(checkpoint=checkpoint)
    except AuditError as error:
        return False, None, f"{type(error).__name__}: {error}"
    except Exception as error:  # it broke down: that is no answer, and counts as undetected
        return True, None, f"(verification broke down: {error!r})"
    return report.ok, report.problem_seq, report.problem_text or ""


class _Databases:
    def __init__(self, place: Place, intact: Intact, facts: Facts, tally: _Tally, rng: random.Random) -> None:
        self.place, self.intact, self.facts, self.tally, self.random = place, intact, facts, tally, rng

    def one(self) -> None:
        """Change one thing in a copy and verify it."""
        kind = self.random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if kind == "older copy":
            size, older = self.random.choice(self.intact.older)
            self._judge(self.place.copy(older), Mutation("older copy", size + 1))
            return
        url = self.place.copy(self.intact.url)
        try:
            with forging(url) as forger:
                done = self._do(kind, forger)
        except NoChange:
            self.place.drop(url)
            raise
        if kind == "truncate":
            with opened(url) as store:
                settle(store)
        if kind in ("re-chain", "truncate"):
            self.tally.clean["fit"] += verdict(url, None)[0]
        self._judge(url, done)

    def _do(self, kind: str, forger: Forger) -> Mutation:
        if kind == "re-chain":
            return rechain(forger, self.facts, self.random)
        if kind == "truncate":
            return truncate(forger, self.facts, self.random)
        return mutate(kind, forger, self.facts, self.random)

    def _judge(self, url: str, done: Mutation) -> None:
        self.tally.judge(self.place.kind, done, verdict(url, self.intact.checkpoint))
        self.place.drop(url)


def _bundle(bundle: SpoiltBundle, intact: Intact, tally: _Tally, rng: random.Random) -> None:
    done = bundle.spoil(rng)
    report = verify_bundle.verify(bundle.folder, intact.verifier_key, intact.note)
    tally.judge("bundle", done, (report.ok, report.problem_seq, report.problem_text or ""))
