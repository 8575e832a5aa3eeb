"""`python -m audit kpi` and `rollout`: the figures of the app, for the shell and for other programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit import AuditStore, Kpi, RolloutPlan, StepKind
from audit.__main__ import main
from tests.support.audit.operating import operate
from tests.support.audit.team import Clock


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clock = Clock()
    path = tmp_path_factory.mktemp("operation") / "audit.db"
    store = AuditStore(path, clock=clock)
    operate(store, clock, 60)
    store.close()
    return path


def printed_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(list(arguments)) == 0
    output: dict[str, object] = json.loads(capsys.readouterr().out)
    return output


def test_kpi_as_json_are_those_of_the_record(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_json(capsys, "kpi", "--db", str(db), "--json")
    values = printed["whole"]["values"]  # type: ignore[index]
    assert set(values) == {kpi.value for kpi in Kpi}
    assert 0.5 < values["accuracy"]["low"] < values["accuracy"]["value"] < values["accuracy"]["high"] <= 1
    assert set(printed["sources"]) == {"line-1", "line-2", "line-3"}  # type: ignore[call-overload]
    assert len(printed["weeks"]) == 3  # type: ignore[arg-type]


def test_kpi_of_days_and_sources(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = printed_json(capsys, "kpi", "--db", str(db), "--json", "--source", "line-1", "--source", "*-3")
    assert set(line["sources"]) == {"line-1", "line-3"}  # type: ignore[call-overload]
    part = printed_json(capsys, "kpi", "--db", str(db), "--json", "--from", "2026-03-09", "--to", "2026-03-16T00:00:00.000Z")
    assert part["whole"]["decisions"] == 20  # type: ignore[index]
    assert part["scope"]["since"] == "2026-03-09T00:00:00.000Z"  # type: ignore[index]
    assert main(["kpi", "--db", str(db)]) == 0
    text = capsys.readouterr().out
    assert "all: 60 decisions" in text
    assert "line-2: 20 decisions" in text
    assert "agreement      not known (n = 0)" in text


def test_every_printed_figure_has_its_unit(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = printed_json(capsys, "kpi", "--db", str(db), "--json")["whole"]["values"]["accuracy"]["value"]  # type: ignore[index]
    assert main(["kpi", "--db", str(db)]) == 0
    figures = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[1:13])
    assert set(figures) == {kpi.value for kpi in Kpi}
    assert figures["accuracy"].startswith(f"{100 * value:.4g} [")
    units = {"held": "] % (", "review_load": "hours a day (", "waiting": "hours (", "latency": "seconds (", "memory": "] MB ("}
    for name, unit in {**units, "kept_pairs": "0.5 [0.5, 0.5] % (", "cost_hour": "EUR an hour ("}.items():
        assert unit in figures[name], name


@pytest.mark.parametrize("wrong", [("--from", "yesterday"), ("--to", "2026-13-01"), ("--weights", "abc"), ("--source", "")])
def test_what_is_no_day_or_source_is_refused(db: Path, wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kpi", "--db", str(db), *wrong]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_rollout_with_and_without_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "audit.db")
    store = AuditStore(path)
    assert main(["rollout", "--db", path]) == 0
    assert "no roll-out plan" in capsys.readouterr().out
    assert printed_json(capsys, "rollout", "--db", path, "--json")["now"] is None
    operation = store.single_user("test").operation
    operation.plan(RolloutPlan(), "line 1 \x1b[31mfirst")
    operation.decide(StepKind.STAY, "too few reviews")
    store.close()
    assert main(["rollout", "--db", path]) == 0
    text = capsys.readouterr().out
    assert "stage prototype" in text
    assert "the criteria say: wait" in text
    assert "accuracy       limit 90 %: not known (n = 0): too_few" in text
    assert "\x1b" not in text
    printed = printed_json(capsys, "rollout", "--db", path, "--json")
    assert printed["now"]["stage"] == "prototype"  # type: ignore[index]
    assert printed["assessment"]["outcome"] == "wait"  # type: ignore[index]
    assert [step["kind"] for step in printed["steps"]] == ["start", "stay"]  # type: ignore[attr-defined]
