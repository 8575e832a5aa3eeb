"""A runtime folder: made whole, runs without everything but NumPy, decides and traces as the full model does."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from sparsemix import ConfigError, SelectionTrace, SparseMixModel
from sparsemix.__main__ import main as command
from sparsemix.edge import exporter, folder
from sparsemix.edge.exporter import export, stored_as
from sparsemix.edge.model import EdgeNetwork
from sparsemix.edge.runtime import MANIFEST, WEIGHTS
from sparsemix.edge.weights import FORMATS
from sparsemix.readers import ReadOptions, read_bytes
from tests.support.paths import ROOT
from tests.support.sparsemix.edge import ABSENT, run
from tests.support.sparsemix.matched_models import matched_model, matched_sequence
from tests.support.sparsemix.small_models import SMALL, plant_sequence, small_model


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("edge") / "runtime"
    export(small_model(), path)
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "line4-2026-11-25.log"
    path.write_text("\n".join(event.text for event in plant_sequence(131).events))
    return path


def as_full(model: SparseMixModel, path: Path) -> None:
    """Raises unless what was kept in ``path`` is what the full model decides."""
    kept = folder.read(path)
    options = ReadOptions.from_payload(kept.content["reading"])
    found = model.run_with_trace(read_bytes(kept.parts[folder.INPUT], kept.content["name"], options=options))
    trace = SelectionTrace.from_blobs([kept.parts[f"layer-{layer}.arrow"] for layer in range(len(found.trace.heads))])
    for layer in range(len(found.trace.heads)):
        assert trace.layer_blob(layer) == found.trace.layer_blob(layer)
    said = kept.content["decision"]
    assert said["label"] == found.decision.label
    assert said["sequence_probability"] == pytest.approx(found.decision.sequence_probability, abs=1e-12)
    events = np.frombuffer(kept.parts[folder.EVENTS], "<f4")
    assert events == pytest.approx(found.decision.event_probability, abs=1e-7)
    assert kept.content["weights_sha256"] == found.decision.weights_sha256
    assert kept.content["sequence_sha256"] == found.decision.input_sha256
    assert kept.content["flagged_count"] == len(found.decision.flagged)


@pytest.mark.parametrize("kind", FORMATS)
def test_it_decides_as_the_full_model_where_nothing_else_can_be_imported(tmp_path: Path, log: Path, kind: str) -> None:
    model = small_model()
    export(model, tmp_path / "runtime", kind)
    table = tmp_path / "table.csv"
    table.write_text("time,a,b\n" + "".join(f"2026-03-02T10:00:{i:02d},{i},{i * i % 7}\n" for i in range(60)))
    out = tmp_path / "decisions"
    found = run(tmp_path / "runtime", "decide", log, table, "--out", out, "--json", "--time-zone", "Asia/Tokyo")
    assert (found.returncode, found.stderr) == (0, "")
    told = [json.loads(line) for line in found.stdout.splitlines()]
    assert [one["name"] for one in told] == [log.name, "table.csv"]
    made = folder.folders(out)
    assert [path.name for path in made] == [one["folder"] for one in told]
    for path in made:
        as_full(stored_as(model, kind), path)
    kept = folder.read(made[0]).content
    assert kept["from_weights_sha256"] == model.weights_sha256
    about = json.loads(run(tmp_path / "runtime", "about").stdout)
    assert about == {"edge": kept["runtime"]["edge"]} | {name: kept[name] for name in about if name != "edge"}


def test_it_matches_identifiers_as_the_full_model(tmp_path: Path) -> None:
    model, path, out = matched_model(), tmp_path / "matched.log", tmp_path / "decisions"
    path.write_text("\n".join(event.text for event in matched_sequence(150).events))
    manifest = export(model, tmp_path / "runtime")
    assert {"sparsemix/edge/attention.py", "sparsemix/encoding/entities.py"} <= set(manifest["files"])
    found = run(tmp_path / "runtime", "decide", path, "--out", out)
    assert (found.returncode, found.stderr) == (0, "")
    as_full(model, folder.folders(out)[0])


def test_a_runtime_without_gates_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The events that an export is tried on hold identifiers of the weights' types."""
    monkeypatch.setattr("sparsemix.edge.model.gates_of", lambda gate: np.zeros(1 << len(gate)))
    with pytest.raises(ConfigError, match="decides differently"):
        export(matched_model(), tmp_path / "runtime")


def test_the_hook_of_these_tests_forbids_what_it_should(tmp_path: Path) -> None:
    for name in ("torch", "numba", "pyarrow"):
        assert name in ABSENT
        (tmp_path / "run.py").write_text(f"import {name}")
        found = run(tmp_path)
        assert found.returncode == 1 and "is not on this device" in found.stderr


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path, runtime: Path, log: Path) -> None:
    sheet = tmp_path / "table.parquet"
    sheet.write_bytes(b"PAR1 and so on")
    found = run(runtime, "decide", tmp_path / "none.log", sheet, log, "--out", tmp_path / "out")
    assert found.returncode == 1
    assert "none.log: Cannot read" in found.stderr
    assert "Save it as CSV" in found.stderr
    assert "Traceback" not in found.stderr
    assert [folder.read(path).content["name"] for path in folder.folders(tmp_path / "out")] == [log.name]


def test_a_name_in_another_encoding_than_the_machine_s_stops_nothing(tmp_path: Path, runtime: Path, log: Path) -> None:
    name = "ライン4.log".encode("shift-jis")
    foreign = tmp_path / os.fsdecode(name)
    foreign.write_bytes(log.read_bytes())
    found = run(runtime, "decide", foreign, log, "--out", tmp_path / "out", "--source", foreign.name)
    assert (found.returncode, found.stderr) == (0, "")
    first, second = (folder.read(path).content for path in folder.folders(tmp_path / "out"))
    assert first["name"].endswith("4.log") and first["name"].isprintable() and first["source"] == first["name"]
    assert second["name"] == log.name


def test_a_runtime_that_was_changed_does_not_decide(tmp_path: Path, log: Path) -> None:
    export(small_model(), tmp_path / "runtime")
    path = tmp_path / "runtime" / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    found = run(tmp_path / "runtime", "decide", log, "--out", tmp_path / "out")
    assert found.returncode == 2
    assert "weights.safetensors was changed" in found.stderr
    # Nothing runs that was changed.
    export(small_model(), tmp_path / "code")
    with (tmp_path / "code" / "sparsemix" / "__init__.py").open("a") as file:
        file.write("raise SystemExit(0)")
    found = run(tmp_path / "code", "about")
    assert (found.returncode, found.stdout) == (2, "")
    assert "sparsemix/__init__.py was changed" in found.stderr
    (tmp_path / "code" / MANIFEST).unlink()
    found = run(tmp_path / "code", "about")
    assert found.returncode == 2 and "manifest.json is missing" in found.stderr and "Traceback" not in found.stderr


def test_the_manifest_names_every_file(runtime: Path) -> None:
    said = json.loads((runtime / MANIFEST).read_bytes())
    there = {path.relative_to(runtime).as_posix() for path in runtime.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert there == {*said["files"], MANIFEST}
    assert all(sha256((runtime / name).read_bytes()).hexdigest() == digest for name, digest in said["files"].items())
    assert said["weights_sha256"] == small_model().weights_sha256


def test_an_export_replaces_a_runtime_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "runtime"
    one, other = export(small_model(), out), export(small_model(1), out, "int8")
    assert one["weights_sha256"] != other["weights_sha256"]
    assert json.loads((out / MANIFEST).read_bytes()) == other
    assert [path.name for path in tmp_path.iterdir()] == ["runtime"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not an edge runtime"):
        export(small_model(), tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    # Not even where it looks like one, or somebody put something into one.
    (tmp_path / "mine" / MANIFEST).write_text('{"name": "my web app"}')
    (out / "__pycache__").mkdir()
    (out / "__pycache__" / "run.pyc").write_bytes(b"")
    export(small_model(), out)
    (out / "decisions").mkdir()
    (out / "decisions" / "input").write_bytes(b"a log")
    for place in (tmp_path / "mine", out):
        with pytest.raises(ConfigError, match="is not an edge runtime, because it holds"):
            export(small_model(), place)
    assert (out / "decisions" / "input").read_bytes() == b"a log"


def test_an_export_that_fails_leaves_the_runtime_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "runtime"
    before, real = export(small_model(), out), Path.rename

    def full(path: Path, target: Path) -> Path:
        if not path.name.endswith(".old") and target == out:
            raise OSError(28, "No space left on device")
        return real(path, target)

    with monkeypatch.context() as broken, pytest.raises(OSError, match="No space left"):
        broken.setattr(Path, "rename", full)
        export(small_model(1), out)
    assert json.loads((out / MANIFEST).read_bytes()) == before
    assert [path.name for path in tmp_path.iterdir()] == ["runtime"]


def test_weights_that_the_edge_cannot_use_are_refused_when_exported(tmp_path: Path) -> None:
    dense = small_model(0, replace(SMALL, attention="softmax"))
    with pytest.raises(ConfigError, match="dense softmax"):
        export(dense, tmp_path / "runtime")
    assert not (tmp_path / "runtime").exists()


def test_a_runtime_that_would_decide_otherwise_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where weights ask for what came after the runtime."""
    for name in ("pooled", "_fed_forward"):
        with monkeypatch.context() as other:
            plain = getattr(EdgeNetwork, name)
            other.setattr(EdgeNetwork, name, lambda *given, plain=plain: plain(*given) * 1.1)
            with pytest.raises(ConfigError, match="decides differently"):
                export(small_model(), tmp_path / "runtime")
    assert not (tmp_path / "runtime").exists()


def test_the_command_exports_and_says_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_model().save(tmp_path / "w.safetensors")
    arguments = ["edge", "--weights", str(tmp_path / "w.safetensors"), "--out", str(tmp_path / "runtime")]
    assert command([*arguments, "--weights-as", "float16", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["weights_as"] == "float16"
    assert command(arguments) == 0
    assert str(tmp_path / "runtime") in capsys.readouterr().out
    assert command([*arguments[:-1], str(tmp_path)]) == 1
    assert "is not an edge runtime" in capsys.readouterr().err


def test_modules_are_found_by_what_is_imported(tmp_path: Path) -> None:
    found = {path.as_posix() for path in exporter.needed(ROOT, "sparsemix.edge.runtime")}
    assert {"sparsemix/edge/attention.py", "sparsemix/readers/__init__.py", "sparsemix/trace/columns.py"} <= found
    assert not found & {
        "sparsemix/__init__.py",
        "sparsemix/model/model.py",
        "sparsemix/readers/spreadsheet.py",
        "sparsemix/priors/ngram_evidence.py",
    }
    package = tmp_path / "sparsemix"
    package.mkdir()
    (package / "a.py").write_text(
        "from sparsemix import b\nif True:\n    import json\ntry:\n    import torch\nexcept ImportError:\n    pass\n"
    )
    (package / "b.py").write_text("def f():\n    import torch\n")
    with pytest.raises(ConfigError, match=r"sparsemix\.b imports torch"):
        exporter.needed(tmp_path, "sparsemix.a")
    (package / "b.py").write_text("")
    assert [path.as_posix() for path in exporter.needed(tmp_path, "sparsemix.a")] == ["sparsemix/a.py", "sparsemix/b.py"]
