"""A record that is put back or rewritten: noticed by a client of the gate that remembers, and by witnesses.

    python -m tests.drills witness --json --rounds 100

In every round a record grows in random steps, while a client asks the gate, a witness is asked over HTTP and another one
follows the folder of checkpoints and tiles: none of them may raise an alarm. Then the record is replaced by its copy from a
random step, as it was or with other entries after it: fewer than were there, as many, or more. Once the checkpoints on the
machine are left as they are: the machine itself must notice. Once they are put back as well, as somebody would who owns the
machine and its keys: the client and both witnesses must notice. At last the true record goes on, and nobody may complain.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit import AuditStore, Role, Tampered, WitnessRefused
from audit.checkpoint_schedule import CheckpointKeeper
from audit.storage.database import Draft
from audit.transparency.following import follow_once
from audit.transparency.outside import Outside
from audit.transparency.witness import Witness, create_witness
from dashboard.service.gate.proofs import Proofs
from dashboard.service.gate.remembering_client import released
from tests.drills.common import Json, Place, each, figures, opened, say
from tests.drills.witness_costs import costs
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.served_witness import served as served_witness
from tests.support.audit.team import add
from tests.support.dashboard.fixtures import build_model
from tests.support.dashboard.gates import administrator, app_of, served

_ASKED = decision()
_MOST = 300  # entries of one step: more than a tile has now and then
_KINDS = ("as it was", "shorter", "as long", "longer")


def drill(arguments: Namespace) -> Json:
    """Put records back and rewrite them, `--rounds` times on each store."""
    with tempfile.TemporaryDirectory(prefix="sparsemix-") as folder:
        weights = Path(folder) / "any.safetensors"
        build_model().save(weights)
        return each(arguments, lambda place: _Drill(place, arguments, weights).run(), durable=False)


class _Drill:
    def __init__(self, place: Place, arguments: Namespace, weights: Path) -> None:
        self.place, self.rounds, self.entries, self.weights = place, arguments.rounds, arguments.entries, weights
        self.random = random.Random(arguments.seed)  # noqa: S311 - a drill
        self.counts, self.missed, self.asked = Counter[str](), list[str](), list[float]()

    def run(self) -> Json:
        template = self.place.copy()
        with opened(template) as store:
            token = administrator(store).tokens.issue("mes", (Role.SERVICE,), days=1).token
            add(store, _ASKED, blobs_of())
        for number in range(self.rounds):
            if number % 10 == 0:
                say(f"{self.place.kind}: round {number}")
            with tempfile.TemporaryDirectory(prefix="sparsemix-") as folder:
                _Round(self, template, token, Path(folder), _KINDS[number % len(_KINDS)]).play()
        self.place.drop(template)
        measured = self._costs() if self.entries else None
        names = ("client", "witness over HTTP", "witness of the folder", "machine itself")
        noticed = {name: self.counts[f"noticed by {name}"] for name in names}
        return {
            "ok": set(noticed.values()) == {self.rounds} and not self.missed and not self.counts["false alarms"],
            "rounds": self.rounds,
            "put_back": {kind: self.counts[kind] for kind in _KINDS},
            "noticed_by": noticed,
            "honest_answers": self.counts["honest answers"],
            "honest_cosignatures": self.counts["honest cosignatures"],
            "false_alarms": self.counts["false alarms"],
            "missed": self.missed[:5],
            "answer": figures(self.asked),
            "costs": measured,
        }

    def _costs(self) -> Json:
        say(f"{self.place.kind}: costs of a log of {self.entries} entries")
        address = self.place.copy()
        found = costs(address, self.entries)
        self.place.drop(address)
        return found


class _Round:
    def __init__(self, drill: _Drill, template: str, token: str, folder: Path, kind: str) -> None:
        self.drill, self.folder, self.kind, self.token = drill, folder, kind, token
        self.random, self.place = drill.random, drill.place
        self.true, self.older = self.place.copy(template), ""
        self.outside, self.outside_before = folder / "outside", folder / "outside-before"
        self.line = ""

    def play(self) -> None:
        with opened(self.true) as store:
            CheckpointKeeper(store, self.folder / "key", self.outside, outside=Outside(tiles=True)).look()
        self.line = (self.outside / "public_key.txt").read_text(encoding="utf-8")
        self.follower = self._witness("w2", ed25519=True)
        first = self._witness("w1", ed25519=False)
        with served_witness(first) as (url, _):
            text = f"witness w1 {first.key.verifier} {url}\nwitness w2 {self.follower.key.verifier}\nquorum w1\n"
            (self.folder / "policy").write_text(text, encoding="utf-8")
            self._honest()
            self._put_back()
            self._steps(1)
        for address in (self.true, self.older):
            self.place.drop(address)

    def _witness(self, name: str, *, ed25519: bool) -> Witness:
        create_witness(self.folder / name, f"plant.example/{name}", ed25519=ed25519)
        made = Witness(self.folder / name)
        made.trust(self.line)
        return made

    def _honest(self) -> None:
        self._steps(self.random.randint(1, 3))
        self.older = self.place.copy(self.true)
        shutil.copytree(self.outside, self.outside_before)
        self._steps(self.random.randint(1, 3))

    def _steps(self, count: int) -> None:
        """Let the record grow, and everybody look at it; always at the end, else now and then."""
        for step in range(count):
            with opened(self.true) as store:
                _grow(store, self.random.choice((1, 2, self.random.randint(1, _MOST))), "honest")
                last = step == count - 1
                for name, look in (("answers", self._ask), ("cosignatures", self._publish)):
                    if not last and self.random.random() < 0.4:
                        continue
                    try:
                        look(store, self.outside)
                        self.drill.counts[f"honest {name}"] += 1
                    except (ValueError, Tampered, WitnessRefused) as error:
                        self.drill.counts["false alarms"] += 1
                        self.drill.missed.append(f"{self.place.kind}, false alarm: {error}")

    def _put_back(self) -> None:
        with opened(self.true, read_only=True) as store:
            size = store.log_size()
        counts, kind = self.drill.counts, self.kind
        counts[kind] += 1
        with opened(self.older) as store:
            gone = size - store.log_size()
            more = {"as it was": 0, "shorter": self.random.randint(0, gone - 1), "as long": gone}
            _grow(store, more.get(kind, gone + self.random.randint(1, _MOST)), "another")
            left = shutil.copytree(self.outside, self.folder / "left")
            for who, look, folder in (
                ("machine itself", self._ask, left),
                ("client", self._ask, self.outside_before),
                ("witness over HTTP", self._over_http, self.outside_before),
                ("witness of the folder", self._in_folder, self.outside_before),
            ):
                try:
                    look(store, folder)
                except (ValueError, Tampered, WitnessRefused):
                    counts[f"noticed by {who}"] += 1
                else:
                    self.drill.missed.append(f"{self.place.kind}: {kind}, {gone} entries put back, not noticed by {who}")

    def _ask(self, store: AuditStore, folder: Path) -> None:
        """Ask the gate of this record, as a program that was just started, by the client that remembers."""
        with self._gate(store, folder) as url:
            begun = time.perf_counter()
            released(url, self.token, _ASKED.id, self.line, self.folder / "seen.json")
            self.drill.asked.append(time.perf_counter() - begun)

    @contextmanager
    def _gate(self, store: AuditStore, folder: Path) -> Iterator[str]:
        proofs = Proofs(store, self.folder / "key", folder)
        with served(app_of(store, self.drill.weights, self.folder / "state", proofs=proofs)) as client:
            yield str(client.base_url).rstrip("/")

    def _publish(self, store: AuditStore, folder: Path) -> None:
        self._over_http(store, folder)
        self._in_folder(store, folder)

    def _over_http(self, store: AuditStore, folder: Path) -> None:
        outside = Outside.named(tiles=True, witnesses=self.folder / "policy", environment={})
        self._signed(store, folder, outside)

    def _in_folder(self, store: AuditStore, folder: Path) -> None:
        self._signed(store, folder, Outside(tiles=True))
        follow_once(self.follower, folder)

    def _signed(self, store: AuditStore, folder: Path, outside: Outside) -> None:
        keeper = CheckpointKeeper(store, self.folder / "key", folder, outside=outside)
        keeper.look(now=True)
        problems = keeper.publish()
        if problems:
            raise RuntimeError("; ".join(problems))


def _grow(store: AuditStore, count: int, word: str) -> None:
    if count:
        with store.database.write() as connection:
            store.database.append_all(connection, [Draft("a", "note", word, {"n": n}) for n in range(count)])
