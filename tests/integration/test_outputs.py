"""docs/reference/outputs.md names the fields that the files have, no more and no fewer: each command runs on a small sample."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from audit import AuditStore
from audit.__main__ import main as audit
from dashboard.__main__ import main as dashboard
from sample_data.__main__ import main as sample_data
from sparsemix.__main__ import main
from sparsemix.edge.runtime import main as device
from tests.benchmarks.report import write_report
from tests.integration.sparsemix.training.test_feedback import written
from tests.integration.sparsemix.training.test_learning import lots
from tests.support.audit.team import PASSWORD, record
from tests.support.dashboard.fixtures import LOG, build_model
from tests.support.paths import ROOT, WEIGHTS
from tests.support.sparsemix.made_up_machine import faulty_run, write_normal

PAGE = ROOT / "docs" / "reference" / "outputs.md"


@cache
def sections() -> dict[str, str]:
    """Return the text below every heading of the page."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def fields(section: str, head: str = "Field") -> list[str]:
    """Return the fields that the table of a section names."""
    if f"| {head} | Content |" not in section:
        return []
    rows = section.split(f"| {head} | Content |")[1].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def examples(section: str) -> list[Any]:
    return [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", section, re.DOTALL | re.MULTILINE)]


def paths(value: Any, before: str = "") -> Iterator[str]:
    """Yield the path of every value: ``a.b`` within objects, ``a[].b`` within lists of objects."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from paths(inner, f"{before}.{name}" if before else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from paths(inner, f"{before}[]")
    else:
        yield before


def holds(field: str, path: str) -> bool:
    """Return whether a path is a field of the page, or lies in it."""
    wanted = re.escape(field.removesuffix("[]")).replace(r"\*", r"[^\[]+?")
    return re.match(rf"{wanted}(\.|\[|$)", path) is not None


def check(name: str, *found: Any) -> None:
    """Compare the fields of a section with objects that a command made."""
    section = sections()[name]
    named, there = fields(section), {path for one in found for path in paths(one)}
    assert named and len(set(named)) == len(named)
    assert sorted(path for path in there if not any(holds(field, path) for field in named)) == [], "not on the page"
    assert [field for field in named if not any(holds(field, path) for path in there)] == [], "only on the page"
    for example in examples(section):
        assert [path for path in paths(example) if not any(holds(field, path) for field in named)] == []
    assert examples(section)


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return the object, or the objects a line each, on standard output."""
    text = capsys.readouterr().out
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return untrained weights and a log."""
    folder = tmp_path_factory.mktemp("small")
    build_model().save(folder / "small.safetensors")
    (folder / "line4-2026-03-02.log").write_bytes(LOG)
    return folder / "small.safetensors", folder / "line4-2026-03-02.log"


def test_every_section_with_fields_is_checked() -> None:
    checked = set(re.findall(r'check\(\s*"([^"]+)"', Path(__file__).read_text(encoding="utf-8")))
    assert {name for name, text in sections().items() if "| Field |" in text} == checked
    tables = {name: fields(text, "Column") for name, text in sections().items() if "| Column |" in text}
    assert set(tables) == {"`trace`: pairs.csv or pairs.parquet", "`learn`: NAME.pairs.csv"}
    for name, columns in tables.items():
        assert f"```text\n{','.join(columns)}\n" in sections()[name], "the example has these columns"


def test_trace_and_explain(small: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights, log = map(str, small)
    tables = [tmp_path / "pairs.csv", tmp_path / "pairs.parquet"]
    for table in tables:
        out = ["--out", str(tmp_path / "out"), "--pairs", str(table)]
        assert main(["trace", log, "--weights", weights, "--check", *out]) == 0
    normal, odd, learned = tmp_path / "normal.jsonl", tmp_path / "odd.log", str(tmp_path / "normal.safetensors")
    usual = ["station finished job"] * 20
    normal.write_text("".join(json.dumps({"id": str(n), "events": usual}) + "\n" for n in range(20)), encoding="utf-8")
    odd.write_text("\n".join([*usual, "station stopped: no wire"]), encoding="utf-8")
    assert main(["train", "--data", str(normal), "--out", learned, "--steps", "2", "--task", "novelty"]) == 0
    assert main(["trace", str(odd), "--weights", learned, "--out", str(tmp_path / "odd"), "--no-fallback"]) == 0
    check(
        "`trace`: decision.json",
        *(json.loads((tmp_path / folder / "decision.json").read_bytes()) for folder in ("out", "odd")),
    )
    columns = fields(sections()["`trace`: pairs.csv or pairs.parquet"], "Column")
    with tables[0].open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == pq.read_schema(tables[1]).names == columns
    capsys.readouterr()
    assert main(["explain", log, "--weights", weights, "--json"]) == 0
    check("`explain --json`", printed(capsys))


def test_causes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = faulty_run("AX_work_pos")
    (tmp_path / "run.csv").write_bytes(run.table())
    moment = ["--at", str(run.diagnosis_at), "--json"]
    assert main(["causes", str(tmp_path / "run.csv"), "--normal", str(write_normal(tmp_path / "normal")), *moment]) == 0
    check("`causes --json`", printed(capsys))


def test_causes_of_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [f"{step} order {number}" for number in range(4700, 4724) for step in ("received", "picked")]
    del steps[21]
    (tmp_path / "orders.log").write_text("\n".join(steps))
    assert main(["causes", str(tmp_path / "orders.log"), "--weights", str(WEIGHTS), "--at", "21", "--json"]) == 0
    check("`causes --json` of a log", printed(capsys))


def test_graph(tmp_path: Path) -> None:
    log = tmp_path / "line4.log"
    log.write_bytes(LOG)
    assert main(["graph", str(log), "--json", str(tmp_path / "leads.json"), "--top", "5"]) == 0
    alarms = tmp_path / "alarms.log"
    idle = np.random.default_rng(0).integers(1, 60, 50).tolist()
    words = [word for count in idle for word in [*["idle"] * count, "bin full", "jam"]]
    times = (f"2026-03-01 0{at // 3600}:{at // 60 % 60:02}:{at % 60:02}" for at in range(len(words)))
    alarms.write_text("\n".join(f"{time} {word}" for time, word in zip(times, words, strict=True)))
    assert main(["graph", str(alarms), "--by-times", "--json", str(tmp_path / "times.json")]) == 0
    check("`graph --json`", *(json.loads((tmp_path / name).read_bytes()) for name in ("leads.json", "times.json")))


def test_generated_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = ["--weights", str(WEIGHTS), "--generated", "2", "--events", "128", "--json"]
    assert main(["evaluate", *logs]) == 0
    check("`evaluate --generated --json`", printed(capsys))
    assert main(["reliability", *logs]) == 0
    check("`reliability --json`", printed(capsys))
    assert sample_data(["generate", "--events", "256", "--seed", "7", "--out", str(tmp_path)]) == 0
    (truth,) = tmp_path.glob("*.truth.json")
    check("`sample_data generate`: NAME.truth.json", json.loads(truth.read_bytes()))
    write_report(tmp_path / "bench.json", [{"seconds": 1.0}], weights_sha256="w")
    check("`tests.benchmarks NAME --json`", json.loads((tmp_path / "bench.json").read_bytes()))


@pytest.mark.deep
def test_own_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, weights, found = lots(tmp_path, 16), tmp_path / "mine.safetensors", list[Any]()
    curve = tmp_path / "curve.json"
    table = tmp_path / "windows.csv"
    labels = [*["ok"] * 8, *["jam"] * 8, *["leak"] * 8]
    rows = [f"w{w},{s * len(label)},{(w * s) % 7},{label}" for w, label in enumerate(labels) for s in range(32)]
    table.write_text("\n".join(["sequence_id,flow,level,label", *rows]) + "\n", encoding="utf-8")
    text = tmp_path / "text.jsonl"
    text.write_text('{"id": "t", "text": "press jam cleared"}\n', encoding="utf-8")
    for source in (data, table):
        assert main(["train", "--data", str(source), "--out", str(weights), "--steps", "2", "--curve", str(curve)]) == 0
        check("`train --data`: the card", json.loads(weights.with_suffix(".card.json").read_bytes()))
        check("`train --curve`", json.loads(curve.read_bytes()))
        for asked in (source, text):
            out = tmp_path / "found.jsonl"
            assert main(["predict", "--weights", str(weights), "--data", str(asked), "--out", str(out), "--attributions"]) == 0
            found += [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    check("`predict`: one JSON object a sequence", *found)
    capsys.readouterr()
    assert main(["evaluate", "--weights", str(weights), "--data", str(table), "--json"]) == 0
    check("`evaluate --data --json`", printed(capsys))


@pytest.mark.deep
def test_reviews(tmp_path: Path) -> None:
    out = tmp_path / "w2.safetensors"
    command = ["learn", "--feedback", str(written(tmp_path)), "--weights", str(WEIGHTS), "--out", str(out), "--steps", "2"]
    assert main(command) == 0
    check("`learn`: the card", json.loads(out.with_suffix(".card.json").read_bytes()))
    with out.with_suffix(".pairs.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == fields(sections()["`learn`: NAME.pairs.csv"], "Column")


def shown(command: list[str], db: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command of the app or the record; return what it printed."""
    capsys.readouterr()
    words = [*command[1:], "--db", str(db), "--json"]
    if command[0] == "audit":
        audit(words)
    else:
        with pytest.raises(SystemExit):
            dashboard(words)
    return printed(capsys)


@pytest.fixture
def decided(
    small: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a record with one decision, checked on the way."""
    monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(small[0]))
    db = tmp_path / "audit.db"
    batch = ["dashboard", "audit-batch", "--input", str(small[1].parent / "*.log"), "--workers", "1"]
    check("`audit-batch --json`", shown(batch, db, capsys))
    return db


@pytest.mark.deep
def test_the_record(
    decided: Path, capsys: pytest.CaptureFixture[str], small: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = shown(["audit", "log"], decided, capsys)
    check("`audit log --json`", entry)
    check("`audit show --json`", shown(["audit", "show", entry["subject"]], decided, capsys))
    check("`audit gate --json`", shown(["audit", "gate", entry["subject"]], decided, capsys))
    check("`replay --json`", shown(["dashboard", "replay", entry["subject"]], decided, capsys))
    check("`drift --json`", shown(["dashboard", "drift"], decided, capsys))
    check("`audit verify --json`", shown(["audit", "verify"], decided, capsys))
    check("`audit stats --json`", shown(["audit", "stats"], decided, capsys))
    check("`audit kpi --json`", shown(["audit", "kpi"], decided, capsys))
    check("`audit rollout --json`", shown(["audit", "rollout"], decided, capsys))
    folder, proof, witness = decided.parent / "tiles", decided.parent / "1.tlog-proof", decided.parent / "w1"
    check("`audit tiles --json`", shown(["audit", "tiles", "write", str(folder)], decided, capsys))
    (note,) = folder.glob("checkpoint-*.txt")
    write = ["proof", "write", "1", "--checkpoint", str(note), "--out", str(proof), "--db", str(decided)]
    assert audit(["witness", "init", str(witness), "--name", "w1"]) == 0
    key, pub = str(folder / "public_key.txt"), (witness / "public_key.txt").read_text(encoding="utf-8")
    (decided.parent / "policy").write_text(f"witness w1 {pub}quorum w1\n", encoding="utf-8")
    asked = ["--witnesses", str(decided.parent / "policy")]
    assert audit(["witness", "trust", str(witness), key]) == audit(["witness", "follow", str(witness), str(folder)]) == 0
    assert audit([*write, *asked]) == 0
    capsys.readouterr()
    assert audit(["proof", "check", str(proof), "--public-key", key, "--json", *asked]) == 0
    check("`audit proof check --json`", printed(capsys))
    assert audit(["witness", "list", str(witness), "--json"]) == 0
    check("`audit witness list --json`", printed(capsys))
    small[0].with_suffix(".card.json").write_text("{}", encoding="utf-8")
    assert audit(["weights", "add", str(small[0]), "--name", "small", "--db", str(decided)]) == 0
    check("`audit weights list --json`", shown(["audit", "weights", "list"], decided, capsys))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n" * 2))
    assert audit(["user", "add", "root", "--role", "admin", "--db", str(decided), "--password-stdin"]) == 0
    check("`audit key list --json`", shown(["audit", "key", "list", "--as", "root", "--password-stdin"], decided, capsys))


def test_a_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db, elsewhere, folder = tmp_path / "audit.db", tmp_path / "elsewhere", tmp_path / "backup"
    store = AuditStore(db)
    record(store)
    series = ["checkpoint", "--db", str(db), "--dir", str(elsewhere)]
    assert audit(series) == 0
    capsys.readouterr()
    assert audit(["backup", str(folder), "--db", str(db), "--json"]) == 0
    made = printed(capsys)
    check("`audit backup --json`", made)
    assert json.loads((folder / "manifest.json").read_bytes()).keys() == made.keys() | {"format"}
    record(store)
    store.close()
    assert audit(series) == 0
    capsys.readouterr()
    restore = ["restore", str(folder), "--checkpoint", str(elsewhere), "--json", "--db"]
    assert audit([*restore, str(tmp_path / "new.db")]) == 1
    check("`audit restore --json`", printed(capsys))


@pytest.mark.deep
def test_a_device(decided: Path, capsys: pytest.CaptureFixture[str], small: tuple[Path, Path], tmp_path: Path) -> None:
    runtime, out = tmp_path / "device", tmp_path / "decisions"
    capsys.readouterr()
    assert main(["edge", "--weights", str(small[0]), "--out", str(runtime), "--json"]) == 0
    check("`edge --json`: manifest.json", printed(capsys))
    log = tmp_path / "other.log"
    log.write_bytes(LOG + LOG)
    assert device(runtime, ["decide", str(log), "--out", str(out)]) == 0
    (found,) = out.glob("*/decision.json")
    check("`run.py decide`: decision.json", json.loads(found.read_bytes()))
    assert {path.name for path in found.parent.iterdir()} == {
        *("decision.json", "input", "events.f4"),
        *(f"layer-{layer}.arrow" for layer in range(2)),
    }
    ingest = ["dashboard", "ingest", str(out), "--weights", str(small[0])]
    check("`ingest --json`", shown(ingest, decided, capsys))
