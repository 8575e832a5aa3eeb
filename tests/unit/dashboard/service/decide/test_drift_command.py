"""python -m dashboard drift: a line or a JSON object a source, and an exit code that a script can go by."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from audit import open_store
from dashboard.service.decide.drift import main
from tests.support.dashboard.made_drift import WEIGHTS, decide, place, profile


@pytest.mark.deep
def test_a_source_that_has_drifted_is_told_and_changes_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = tmp_path / "audit.db"
    ids = place(db)
    store = open_store(db)
    access = store.single_user("test")
    rng = np.random.default_rng(3)
    decide(store, access, "line5", profile(rng))
    assert main(["--db", str(db), "--json"]) == 1
    found = {one["source"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert found["line4"]["state"] == "drift"
    assert found["line4"]["since_decision"] in ids
    assert found["line4"]["statistics"]
    assert found["line4"]["weights_sha256"] == WEIGHTS
    assert (found["line5"]["state"], found["line5"]["decisions"]) == ("too few", 1)
    assert main(["line5", "--db", str(db)]) == 0
    said = capsys.readouterr().out
    assert "line5" in said
    assert "line4" not in said
    access.sources.accept("line4", "checked")
    assert main(["--db", str(db)]) == 0
    assert "new reference" in capsys.readouterr().out


def test_a_record_that_is_not_there_is_an_error_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--db", str(tmp_path / "none.db")]) == 2
    assert "no audit database" in capsys.readouterr().err


def test_a_source_that_the_record_does_not_know_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = tmp_path / "audit.db"
    place(db)
    assert main(["--db", str(db), "line4 "]) == 2
    assert "check the name" in capsys.readouterr().err
