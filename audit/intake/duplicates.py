"""What is recorded once: a file by the same weights, where that is asked for, and what an edge device decided, in any case.

    already.decided(connection, input_sha256, weights_sha256)    # the id of the decision that there is; None without one
    already.from_edge(connection, input_sha256, edge_sha256)

Asked within the transaction that is about to record, behind the log's lock, the answer holds until it has.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from audit.records.canonical import parse
from audit.storage.schema import decisions

__all__ = ["decided", "edge_of", "from_edge"]


def decided(connection: Connection, input_sha256: str, weights_sha256: str) -> str | None:
    """The id of the first decision on these bytes by these weights."""
    same = (decisions.c.input_sha256 == input_sha256) & (decisions.c.weights_sha256 == weights_sha256)
    found = connection.execute(select(decisions.c.id).where(same).order_by(decisions.c.seq).limit(1)).scalar()
    return None if found is None else str(found)


def edge_of(details: Mapping[str, object]) -> str | None:
    """The hash by which an edge device knows a decision (``details.edge.sha256``); None of one that was made here."""
    edge = details.get("edge")
    found = edge.get("sha256") if isinstance(edge, Mapping) else None
    return found if isinstance(found, str) else None


def from_edge(connection: Connection, input_sha256: str, edge_sha256: str) -> str | None:
    """The id of the decision on these bytes that an edge device knows by this hash."""
    same = (decisions.c.input_sha256 == input_sha256) & decisions.c.details.contains(edge_sha256, autoescape=True)
    for id, details in connection.execute(select(decisions.c.id, decisions.c.details).where(same).order_by(decisions.c.seq)):
        if edge_of(parse(details)) == edge_sha256:
            return str(id)
    return None
