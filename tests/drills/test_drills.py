"""Short drills: each passes on both stores, says what it tried, and can fail. The long ones run by hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit import Action
from audit.log.authority import Authority
from audit.log.proving import EntryHeader
from tests.drills import outcomes, switched, test_app_drills
from tests.drills.__main__ import DRILLS
from tests.drills.common import MISSING, sqlite_files
from tests.drills.mutate import _Tally
from tests.drills.mutations import Mutation
from tests.support import postgres
from tests.support.audit.oracle import Outcomes
from tests.support.drills import SEEDED, run
from tests.support.paths import ROOT

pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a throw-away server and yield its address; without its programs, skip, or fail in CI."""
    if postgres.programs() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-"))
    made = postgres.Server(folder, durable=False).start()
    yield made.url()
    made.stop("immediate")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Return the kind of store, and where its databases are made."""
    if request.param == "sqlite":
        return "sqlite", str(tmp_path / "drill.db")
    return "postgresql", request.getfixturevalue("server")


def on(database: tuple[str, str], name: str, *options: str) -> dict[str, Any]:
    """Run a drill on one store and return its findings; check that the drill left nothing there."""
    kind, url = database
    found = run(name, "--database", url, *options)
    assert list(found["stores"]) == [kind]
    if kind == "sqlite":
        assert not list(Path(url).parent.iterdir())
    store: dict[str, Any] = found["stores"][kind]
    return store


def test_kill(database: tuple[str, str]) -> None:
    found = on(database, "kill", "--rounds", "20")
    assert (found["kills"], found["acknowledged_lost"], found["half_written"]) == (20, 0, 0)
    assert found["at_random"] + found["at_named_points"] == 20
    assert found["at_named_points"] == sum(found["named_points"].values()) > 4
    assert sum(found["acknowledged"].values()) > 20
    assert found["recovery"]["max_ms"] < 1000 * found["recovery_limit_s"]


def test_disk(tmp_path: Path) -> None:
    found = run("disk", "--rounds", "4", "--database", str(tmp_path / "drill.db"))["stores"]["sqlite"]
    assert found["operations_refused_for_want_of_space"] >= 4
    assert all("nothing was stored" in message for message in found["messages"])
    assert found["gate_asked"] >= 16
    assert found["faults"] == 0


def test_disk_where_nothing_can_be_mounted(tmp_path: Path) -> None:
    found = run("disk", "--rounds", "3", "--no-mount", "--database", str(tmp_path / "drill.db"))["stores"]["sqlite"]
    assert found["operations_refused_for_want_of_space"] >= 3
    assert "RLIMIT_FSIZE" in found["disk"]


def test_disk_of_a_whole_server(server: str) -> None:
    """Put the cluster on a small disk; where the disk cannot be mounted, the drill has to say so."""
    command = [sys.executable, "-m", "tests.drills", "disk", "--json", "--rounds", "2", *SEEDED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    found = json.loads(done.stdout)
    assert found["ok"], json.dumps(found, indent=1)
    if "postgresql" in found["not_tried"]:
        pytest.skip(found["not_tried"]["postgresql"])
    assert found["stores"]["postgresql"]["gate_asked"] >= 8


def test_backup(database: tuple[str, str]) -> None:
    found = on(database, "backup", "--rounds", "2")
    assert (found["lost_up_to_the_backup"], found["not_named_as_missing"], found["taken_for_whole"]) == (0, 0, 0)
    assert found["went_on"] == found["backup"]["count"] == found["restore"]["count"] == 2
    assert found["acknowledged_up_to_the_backup"] and found["acknowledged_later_and_signed"]


def test_race(database: tuple[str, str]) -> None:
    options = ("--reviewers", "4", "--items", "25", "--overlaps", "1,2", "--think", "0.02", "--lease", "1", "--no-targets")
    for found in on(database, "race", *options)["overlaps"]:
        assert found["reviews"] == found["items"] * found["overlap"] == 25 * found["overlap"]
        assert not any(found[name] for name in ("excess", "double", "missing", "stuck", "claims_left", "unknown", "traces"))
        assert found["claim"]["p95_ms"] and found["submit"]["p95_ms"] and found["reviews_a_second"]


def test_clock(database: tuple[str, str]) -> None:
    found = on(database, "clock", "--rounds", "120")
    assert found["steps_of_an_hour"] and found["anomalies_recorded"] and found["steps_noted_with_the_next_entry"]
    assert (found["held_or_filled_twice"], found["stuck"], found["steps_not_noted"], found["faults"]) == (0, 0, 0, 0)


def test_outcomes(database: tuple[str, str]) -> None:
    found = on(database, "outcomes", "--sequences", "20")
    assert (found["sequences"], found["failed"], found["failures"]) == (20, 0, [])
    assert found["legitimate"] > found["legitimate_released"] > 0


def test_outcomes_that_the_oracle_does_not_release_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(outcomes, "outcomes", lambda *_, **__: Outcomes())
    asked = Namespace(sequences=3, seed=7, until=0, shown=0, quick=True, forged=False, http=0)
    with sqlite_files(tmp_path / "drill.db") as place:
        found = outcomes._on(place, asked)
    assert found["failed"] > 0
    assert any("gate releases the decision" in kind for kind in found["kinds"])


def test_switched(tmp_path: Path) -> None:
    with sqlite_files(tmp_path / "drill.db") as place:
        found = switched._on(place, Namespace(sequences=6, seed=7, only=""))
    assert found["checks"] > 60 and found["sequences_until_found"]
    assert not found["ok"] and found["not_found"] and not found["wrong_with_all"]


def test_switched_finds_what_nobody_checks() -> None:
    checks = switched.Checks()
    entry = EntryHeader(1, "2026-03-01T10:00:00.000Z", "rita", "signed_in", "bob")
    before = Authority._signed_in.__code__
    with checks.watched(switched.FILES):
        fold = Authority()
        assert fold._signed_in(entry, {}).refused
        ((check),) = checks.refused
        checks.off = frozenset({check})
        with pytest.raises(AttributeError):  # it goes on with an account that there is not
            fold._signed_in(entry, {})
    assert len(checks.all) > 60 and Authority._signed_in.__code__ is before


def test_gate(database: tuple[str, str]) -> None:
    found = on(database, "gate", "--requests", "12", "--events", "40", "--queue", "4", "--workers", "1")
    assert (found["missing"], found["double"], found["faults"], found["verified"]) == (0, 0, 0, True)
    assert sum(found["first_answers"].values()) == 12 and set(found["all_answers"]) == {"200", "202", "401", "429"}


def test_witness(database: tuple[str, str]) -> None:
    found = on(database, "witness", "--rounds", "4", "--entries", "200")
    assert set(found["noticed_by"].values()) == {4} and set(found["put_back"].values()) == {1}
    assert (found["false_alarms"], found["missed"]) == (0, [])
    assert found["honest_answers"] >= 12 <= found["honest_cosignatures"]
    assert found["costs"]["entries"] == 200 and found["costs"]["proof"]["p50_ms"]


def test_mutate(database: tuple[str, str]) -> None:
    rounds, clean = (80, 20) if database[0] == "sqlite" else (20, 20)
    found = run("mutate", "--database", database[1], "--rounds", str(rounds), "--clean", str(clean))
    assert found["mutations"] == found["detected"] == rounds
    assert found["first_bad_entry_named_wrong"] == 0 < found["first_bad_entry_named_right"]
    assert found["clean_runs"]["records"] == clean
    assert (found["clean_runs"]["false_alarms"], found["undetected"]) == (0, 0)
    assert found["clean_runs"]["while_others_wrote"] and found["clean_runs"]["bundles"]


def test_mutate_notices_what_it_is_for() -> None:
    right = Mutation("cell log.ts", 3)
    for found, kind in ((True, None, ""), "undetected"), ((False, 4, "entry 4"), "first_bad_entry_named_wrong"):
        tally = _Tally()
        tally.judge("sqlite", right, (False, 3, "entry 3"))
        assert tally.report()["ok"]
        tally.judge("sqlite", right, found)
        report = tally.report()
        assert not report["ok"]
        assert (report[kind], report["faults"]) == (1, 1)


def test_proofs() -> None:
    found = run("proofs", "--size", "33")
    assert found["published_vectors"] == {"checked": 27, "failed": 0}
    assert found["good"] > 33 * 33
    assert found["bad"] > 20_000
    assert (found["good_rejected"], found["bad_accepted"], found["roots_differ"]) == (0, 0, 0)


def test_speed(database: tuple[str, str]) -> None:
    found = on(database, "speed", "--entries", "1500", "--items", "1000", "--reviewers", "2", "--claims", "10", "--no-targets")
    for mix in ("events", "mixed"):
        assert found[mix]["verified"] and found[mix]["spoilt_entry_named"] and found[mix]["entries"] >= 1500
        assert found[mix]["entries_a_second"] > 0
    assert found["queue"]["page"]["total_s"] > 0
    assert found["queue"]["claim"]["count"] == found["queue"]["submit"]["count"] == 20


def test_roles(tmp_path: Path) -> None:
    """On one store: in `tests.unit.audit.people`, test_roles tries the same table on both, and test_sessions tokens."""
    found = run("roles", "--database", str(tmp_path / "drill.db"))["stores"]["sqlite"]
    assert found["actions"]["actions"] == len(Action)
    assert found["actions"]["tried"] == found["actions"]["methods"] * found["actions"]["roles"]
    assert found["actions"]["denied"] == found["actions"]["denials_recorded"] > 0
    assert found["session_tokens"]["tried"] == found["session_tokens"]["refused_and_recorded"] > 10
    assert found["lease_tokens"]["tried"] == found["lease_tokens"]["refused_without_trace"] > 7


def test_authority(database: tuple[str, str]) -> None:
    found = on(database, "authority", "--every", "263")
    assert min(found["tried"].values()) > 20 and found["appended"]["refused"] > 15
    assert found["faults"] == 0


def test_catalogue(database: tuple[str, str]) -> None:
    found = on(database, "catalogue", "--every", "9")
    assert found["refused"] > 15
    assert found["harmless"] > 1
    assert found["faults"] == 0


def test_every_drill_is_tried_here() -> None:
    names = [*globals(), *vars(test_app_drills)]
    tried = {name.removeprefix("test_").partition("_")[0] for name in names if name.startswith("test_")}
    assert set(DRILLS) <= tried


def test_a_drill_that_cannot_pass_says_so() -> None:
    """A target out of reach, an exit code that is not 0."""
    command = [
        sys.executable,
        "-c",
        "import sys; from tests.drills import speed; speed.SIGNED_A_SECOND = 10**9; "
        "from tests.drills.__main__ import main; sys.exit(main(sys.argv[1:]))",
    ]
    with tempfile.TemporaryDirectory() as folder:
        options = ["speed", "--json", "--database", f"{folder}/drill.db", "--entries", "500", "--items", "0"]
        done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False
