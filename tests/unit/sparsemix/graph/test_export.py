"""The graph as JSON and GraphML: everything is in both, and whatever stands in a log can be read back."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.graph.counts import counts_of
from sparsemix.graph.export import as_graphml, as_json
from sparsemix.graph.leads import LeadsGraph, leads
from tests.support.dashboard.traces import head, sequence, trace
from tests.support.properties import examples

NS = "{http://graphml.graphdrawing.org/xmlns}"


def graph(earlier: str, later: str, start: float | None = 1_772_000_000.0) -> LeadsGraph:
    return leads([counts_of(sequence([earlier, later], start=start), trace(head(2, {(1, 0): 0.5})), "0" * 64, "decision")], 9)


def parsed(file: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(file)  # noqa: S314 - it was just written


def data(element: ElementTree.Element, root: ElementTree.Element) -> dict[str, str | None]:
    names = {key.attrib["id"]: key.attrib["attr.name"] for key in root.iter(f"{NS}key")}
    return {names[found.attrib["key"]]: found.text for found in element.findall(f"{NS}data")}


def test_both_files_say_the_same() -> None:
    one = graph("pump on", "valve <shut> & 温度")
    payload, root = json.loads(as_json(one)), parsed(as_graphml(one))
    nodes, edges = list(root.iter(f"{NS}node")), list(root.iter(f"{NS}edge"))
    assert [data(node, root)["text"] for node in nodes] == [kind["text"] for kind in payload["kinds"]]
    assert [edge.attrib for edge in edges] == [{"source": "n0", "target": "n1"}]
    said, told = data(edges[0], root), payload["edges"][0]
    flat = {f"lag_{unit}_{name}": told[f"lag_{unit}"][name] for unit in ("events", "seconds") for name in told["lag_events"]}
    for name, value in {**told, **flat}.items():
        if name not in ("earlier", "later", "lag_events", "lag_seconds", "examples"):
            assert float(said[name] or "") == pytest.approx(value)
    assert json.loads(said["examples"] or "") == told["examples"]
    graph_said = data(root.find(f"{NS}graph") or root, root)
    assert json.loads(graph_said["runs"] or "") == payload["runs"]
    assert payload["runs"][0] | {"events_sha256": ""} == {
        "name": "made-up.log",
        "events": 2,
        "events_sha256": "",
        "weights_sha256": "0" * 64,
        "decision": "decision",
    }
    assert payload["last"] == payload["first"] + 1 == 1_772_000_001.0


@examples(100)
@given(text=st.text(st.characters(), min_size=1, max_size=30))
def test_whatever_stands_in_a_line_can_be_read_back(text: str) -> None:
    one = graph("pump on", "valve shut")
    odd = replace(one, kinds=(replace(one.kinds[0], text=text), one.kinds[1]))
    root = parsed(as_graphml(odd))
    said = data(next(root.iter(f"{NS}node")), root)["text"] or ""
    # XML turns a carriage return into a line feed unless it is escaped; what it cannot hold is replaced.
    assert len(said.replace("\r\n", "\n")) <= len(text)
    assert all(sign in text or sign in "\ufffd\n" for sign in said)
    json.loads(as_json(odd))


def test_without_times_and_without_edges() -> None:
    root = parsed(as_graphml(graph("pump on", "valve shut", start=None)))
    assert not any("seconds" in key.attrib["attr.name"] for key in root.iter(f"{NS}key"))
    empty = leads([counts_of(sequence(["a", "b"]), trace(head(2, {})), "0" * 64)], 9)
    assert list(parsed(as_graphml(empty)).iter(f"{NS}edge")) == []
    assert json.loads(as_json(empty))["edges"] == []
