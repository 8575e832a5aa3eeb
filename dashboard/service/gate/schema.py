"""What goes over the wire, as pydantic models: the OpenAPI document is made of these."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256, hexadecimal")]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(_Answer):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str | None = Field(None, description="of a sequence that cannot be judged: why, as a word")


class Evidence(_Answer):
    """The selected pairs of one layer, as a file of the record."""

    layer: int
    sha256: Sha256
    pair_count: int
    certified_share: float = Field(description="share of queries of which it is proven that no pair was missed")


class Facts(_Answer):
    """What was decided, on what, and by what."""

    name: str = Field(description="of the sequence, as it was submitted first")
    source: str | None = Field(description="line, machine or station that it comes from")
    sha256: Sha256
    events: int
    label: str
    probability: float
    threshold: float
    hold_reasons: list[str] = Field(description="why it was held when it was made")
    warnings: list[str]
    model: str
    weights_sha256: Sha256
    evidence: list[Evidence]
    decided_at: str
    entry: int = Field(description="its number in the log")
    queue: Literal["open", "disputed", "settled"]
    required_reviews: int
    due_at: str | None


class Decision(_Answer):
    """A decision and its gate. Only ``released`` says whether it may be used."""

    id: str
    released: bool
    gate: Literal["released", "held", "rejected"] | None = Field(description="null: it could not be found out, and is closed")
    reason: str
    facts: Facts | None = Field(description="null: what is stored is not what was recorded")


class Failure(_Answer):
    """Why a sequence could not be judged."""

    code: str
    why: str


class Sequence(_Answer):
    """How far a sequence is."""

    sha256: Sha256
    state: Literal["queued", "judging", "decided", "failed"]
    decision: Decision | None = None
    failure: Failure | None = None


class Lot(_Answer):
    """All decisions on the sequences that were ever submitted under one name, whatever they were called first. ``released``:
    there is one at least, all are, no sequence is under way here, and none ``failed`` and was not decided since."""

    name: str
    released: bool
    reason: str
    under_way: int
    failed: int
    decisions: list[Decision]


class Health(_Answer):
    """The gate answers, and the record can be read."""

    status: Literal["ok"]


class Notified(_Answer):
    """One address that is notified: how many messages wait, how many were given up since the start."""

    host: str
    waiting: int
    given_up: int
    told_until: int = Field(description="number of the last entry of the log that was looked at")


class Status(_Answer):
    """How busy the gate is."""

    receiving: int = Field(description="sequences whose bytes are arriving")
    under_way: int
    capacity: int
    workers: int
    entries: int = Field(description="length of the log")
    notified: list[Notified]
