"""A graph as JSON and as GraphML, the XML that graph programs read (graphml.graphdrawing.org)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree

from sparsemix.graph.leads import LeadsGraph

Scalar = str | int | float
_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
_TYPES = {int: "long", float: "double", str: "string"}
# What XML 1.0 cannot hold, not even escaped: control characters of terminals stand in logs.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(graph: LeadsGraph) -> bytes:
    """Return the graph as a JSON file in UTF-8; kinds and runs are named by their places."""
    text = json.dumps(asdict(graph), indent=1, ensure_ascii=False, allow_nan=False)
    # A lone half of a surrogate pair is no UTF-8.
    return f"{text}\n".encode("utf-8", "replace")


def as_graphml(graph: LeadsGraph) -> bytes:
    """Return the graph as a GraphML file in UTF-8: kinds as nodes ``n0``, ``n1``, ..., and with every node, edge and the graph
    what the JSON file says of it. Characters that XML cannot hold are replaced."""
    payload = asdict(graph)
    root = ElementTree.Element("graphml", xmlns=_NAMESPACE)
    keys: dict[tuple[str, str], tuple[str, str]] = {}
    body = ElementTree.Element("graph", id="leads", edgedefault="directed")
    _add_data(body, "graph", {name: payload[name] for name in payload if name not in ("kinds", "edges")}, keys)
    for place, kind in enumerate(payload["kinds"]):
        _add_data(ElementTree.SubElement(body, "node", id=f"n{place}"), "node", kind, keys)
    for edge in payload["edges"]:
        ends = {"source": f"n{edge.pop('earlier')}", "target": f"n{edge.pop('later')}"}
        _add_data(ElementTree.SubElement(body, "edge", ends), "edge", edge, keys)
    for (of, name), (id, kind) in keys.items():
        ElementTree.SubElement(root, "key", {"id": id, "for": of, "attr.name": name, "attr.type": kind})
    root.append(body)
    ElementTree.indent(root)
    file: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return file + b"\n"


def _add_data(element: ElementTree.Element, of: str, values: Mapping[str, Any], keys: dict[tuple[str, str], Any]) -> None:
    for name, value in _flat(values).items():
        id, _ = keys.setdefault((of, name), (f"k{len(keys)}", _TYPES[type(value)]))
        ElementTree.SubElement(element, "data", key=id).text = _NO_XML.sub("\ufffd", str(value))


def _flat(values: Mapping[str, Any]) -> dict[str, Scalar]:
    """Return single values: objects become ``NAME_FIELD``, lists their JSON; what is None is left out."""
    flat: dict[str, Scalar] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}_{field}": inner for field, inner in value.items()}
        elif isinstance(value, tuple):
            flat[name] = json.dumps(value, ensure_ascii=False)
        elif value is not None:
            flat[name] = value
    return flat
