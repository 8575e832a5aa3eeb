"""Graph by times: kinds, sources, lags and files, and what the command prints and writes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from sparsemix.__main__ import main
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.graph import point_process
from sparsemix.graph.command import timed_words
from sparsemix.graph.timed_graph import TimedGraph, timed_graph
from sparsemix.readers import read_bytes
from sparsemix.readers.columns import Columns
from sparsemix.readers.options import ReadOptions


def table(*, of_numbers: bool = False) -> bytes:
    """Return a table in which a jam follows a full bin of the same station some 10 s later."""
    rng = np.random.default_rng(1)
    rows: list[tuple[float, str, int]] = []
    for station in ("ST1", "ST2"):
        for begin in rng.uniform(0, 100_000, 60).tolist():
            rows += [(begin, station, 11), (begin + rng.exponential(10.0), station, 12)]
            rows.append((rng.uniform(0, 100_000), station, 13))
    texts = {11: "bin full", 12: "jam", 13: "door opened"}
    lines = [
        f"{1_700_000_000 + seconds:.3f},{station},{kind if of_numbers else texts[kind]}"
        for seconds, station, kind in sorted(rows)
    ]
    return "\n".join(["time,station,message", *lines]).encode()


def edges(graph: TimedGraph) -> set[tuple[str, str]]:
    return {(graph.kinds[edge.earlier].text, graph.kinds[edge.later].text) for edge in graph.edges}


def test_the_kind_that_follows_is_named() -> None:
    graph = timed_graph([read_bytes(table(), "line.csv")], by_source=True)
    assert edges(graph) == {("<*> bin full", "<*> jam")}
    (edge,) = graph.edges
    assert graph.unit == "seconds" and graph.sources == 2 and graph.events == 360
    assert edge.explained == pytest.approx(120, rel=0.05)
    assert edge.lag_median == pytest.approx(10 * np.log(2), rel=0.4)
    assert graph.first is not None and graph.first >= 1_700_000_000


def test_where_kinds_are_numbered_the_numbers_are_the_kinds() -> None:
    columns = Columns.parse("time=time,source=station,message=message")
    sequence = read_bytes(table(of_numbers=True), "line.csv", options=ReadOptions(columns=columns))
    assert edges(timed_graph([sequence], by_source=True)) == {("11", "12")}


def test_events_of_different_logs_do_not_lead_to_each_other() -> None:
    lines = table().decode().splitlines()
    parts = ["\n".join([lines[0], *(line for line in lines[1:] if ending in line)]).encode() for ending in ("full", "jam")]
    graph = timed_graph([read_bytes(part, f"{place}.csv") for place, part in enumerate(parts)])
    assert graph.edges == () and graph.sources == 2 and len(graph.runs) == 2


def test_without_times_lags_are_counted_in_events() -> None:
    text = "\n".join(["pump started", "pressure low", "valve open"] * 30)
    graph = timed_graph([read_bytes(text.encode(), "a.log")])
    assert graph.unit == "events" and graph.first is None
    assert "Not every event has a time" in timed_words(graph)
    assert "Not every event has a time" not in timed_words(timed_graph([read_bytes(table(), "line.csv")]))


def test_command_prints_and_writes_the_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes(table())
    files = ["--json", str(tmp_path / "g.json"), "--graphml", str(tmp_path / "g.graphml")]
    assert main(["graph", str(path), "--by-times", "--by-source", *files]) == 0
    printed = capsys.readouterr().out
    assert "1 log, 360 events of 2 sources" in printed and "-> <*> jam" in printed
    document = json.loads((tmp_path / "g.json").read_bytes())
    assert document["edges"][0]["explained"] == pytest.approx(120, rel=0.05)
    root = ElementTree.fromstring((tmp_path / "g.graphml").read_bytes())  # noqa: S314  # our own file
    assert len(root.findall(".//{*}node")) == 3 and len(root.findall(".//{*}edge")) == 1
    assert main(["graph", str(path), "--by-times", "--by-source", "--least", "500"]) == 0
    assert "No kind makes another more likely." in capsys.readouterr().out


def test_the_graph_is_printed_although_a_file_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes(table().replace(b"jam", b"jam \x1b[2J"))
    assert main(["graph", str(path), "--by-times", "--by-source", "--json", str(path / "g.json")]) != 0
    printed = capsys.readouterr().out
    assert "360 events of 2 sources" in printed and "\x1b" not in printed


def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes(table())
    assert main(["graph", str(path), "--by-times"]) == 0
    assert "told apart" not in (told := capsys.readouterr().out) and "read" not in told
    monkeypatch.setattr(point_process, "MOST_EVENTS", 300)
    monkeypatch.setattr(point_process, "MOST_KINDS", 2)
    assert main(["graph", str(path), "--by-times"]) == 0
    told = capsys.readouterr().out
    assert "360 events of 1 source, the last 300 of them read; " in told
    assert "Of 3 kinds the 2 most frequent are told apart." in told


def test_progress_elsewhere_than_on_a_terminal_is_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes(table())
    assert main(["graph", str(path), "--by-times"]) == 0
    assert 2 <= capsys.readouterr().err.count("fitting") <= 11


def test_logs_are_let_go_of_as_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = table().decode().splitlines()
    logs = [read_bytes("\n".join([lines[0], *lines[first::4]]).encode(), f"{first}.csv") for first in (1, 2, 3, 4)]
    monkeypatch.setattr(point_process, "MOST_EVENTS", 200)
    held = []

    def read() -> Iterator[TokenSequence]:
        for log in logs:
            one = replace(log)
            yield one
            held.append(sys.getrefcount(one))

    graph = timed_graph(read(), by_source=True)
    assert held == [2] * 4 and (graph.events, graph.fitted, graph.sources, len(graph.runs)) == (360, 200, 8, 4)


@pytest.mark.parametrize("options", [["--by-source"], ["--least", "5"]])
def test_options_of_times_without_times_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes(table())
    assert main(["graph", str(path), *options]) != 0
    assert "--by-times" in capsys.readouterr().err


def test_too_few_events_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "short.log"
    path.write_text("a\nb\n")
    assert main(["graph", str(path), "--by-times"]) != 0
    assert "20 are needed" in capsys.readouterr().err
