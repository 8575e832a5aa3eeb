"""SelectionProfile: the selection of one run in a few kilobytes, small enough to be stored with its decision for years.

    profile = profile_of(sequence, run)
    payload = profile.payload()                   # plain JSON
    SelectionProfile.from_payload(payload)        # and back

A profile holds the kinds of pairs (``template_pairs``) in three forms: the heaviest kinds by name, with their shares; all kinds
as a sketch, in which kinds at the same place are added (Charikar, Chen, Farach-Colton 2002, "Finding frequent items in data
streams", without signs, because shares are never negative); and as a set of marks, a Bloom filter of one hash (Bloom 1970),
which shows for a kind either that it certainly never occurred or that it may have occurred.

The practised kinds are those that a model selects in the data that it learned from; new kinds occur only elsewhere:

    practised = training_profile_of(model, sequences)
    new_kinds(practised, profiles)              # kinds of pairs that only these profiles have
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import TraceError
from sparsemix.model.model import SparseMixModel
from sparsemix.model.run import Run
from sparsemix.model.template_pairs import template_pairs

PLACES = 128  # of the sketch
MARKS = 16_384
MOST_NAMED = 40
_NAME_LENGTH = 120
_QUANTILES = (0.1, 0.5, 0.9)
_DIGITS = 5
_SUREST = 1e-7
VECTORS = ("kinds", "margins", "selected", "anchor", "certified", "known", "scores")
MOST_SEQUENCES = 64
MOST_EVENTS = 50_000


@dataclass(frozen=True, slots=True)
class NamedKind:
    """A kind of pair: the templates of effect and cause, and its share of the weight given to other events."""

    effect: str
    cause: str
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class SelectionProfile:
    """The selection of one run, or of several runs (``merged``).

    ``runs``, ``events``, ``pairs``: their numbers. ``vectors`` float64, by name: ``kinds`` [128], the share of every place
    of the sketch; ``margins`` [3 * layers], quantiles 10, 50 and 90 % of the pairs' margins, layer by layer; ``selected``
    [layers], pairs a query and head; ``anchor`` [layers], mean weight on nothing; ``certified`` [layers], share of certified
    queries; ``known`` [1], share of known words; ``scores`` [3], quantiles of the events' log-odds. ``named``: the
    heaviest kinds, heaviest first; ``marks`` bool [16,384]: where any kind that was selected leaves its mark.
    """

    runs: int
    events: int
    pairs: int
    vectors: Mapping[str, NDArray[np.float64]]
    named: tuple[NamedKind, ...]
    marks: NDArray[np.bool_]

    def may_have(self, effect: str, cause: str) -> bool:
        """Return whether this kind of pair may have been selected: False is certain, True is not."""
        return bool(self.marks[kind_hash(effect, cause) % MARKS])

    def payload(self) -> dict[str, object]:
        """Return the profile as JSON types, rounded to five significant digits."""
        texts = list(dict.fromkeys(text for kind in self.named for text in (kind.effect, kind.cause)))
        place = {text: i for i, text in enumerate(texts)}
        return {
            "runs": self.runs,
            "events": self.events,
            "pairs": self.pairs,
            "vectors": {name: [rounded(value) for value in vector] for name, vector in self.vectors.items()},
            "templates": texts,
            "named": [[place[kind.effect], place[kind.cause], rounded(kind.share)] for kind in self.named],
            "marks": packed(self.marks),
        }

    @classmethod
    def from_payload(cls, payload: object) -> SelectionProfile:
        """Read a ``payload``. Raises ``TraceError`` when it is anything else."""
        try:
            return _read(payload)
        except (KeyError, TypeError, ValueError, IndexError, zlib.error, binascii.Error) as error:
            raise TraceError(f"this is not a selection profile: {error}") from error

    @classmethod
    def merged(cls, profiles: Sequence[SelectionProfile]) -> SelectionProfile:
        """Merge profiles of the same network; every run counts the same, whatever its length.

        Raises ``TraceError`` when there is no profile, or they are of different networks.
        """
        if not profiles:
            raise TraceError("no profile to merge")
        runs = np.array([profile.runs for profile in profiles], np.float64)
        weight = runs / runs.sum()
        try:
            vectors = {
                name: np.sum([w * profile.vectors[name] for w, profile in zip(weight, profiles, strict=True)], axis=0)
                for name in VECTORS
            }
        except ValueError as error:
            raise TraceError("profiles of different networks cannot be merged") from error
        shares: dict[tuple[str, str], float] = {}
        for w, profile in zip(weight.tolist(), profiles, strict=True):
            for kind in profile.named:
                shares[kind.effect, kind.cause] = shares.get((kind.effect, kind.cause), 0.0) + w * kind.share
        # Largest first, by their names where they are equal.
        heaviest = sorted(shares.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_NAMED]
        return cls(
            runs=sum(profile.runs for profile in profiles),
            events=sum(profile.events for profile in profiles),
            pairs=sum(profile.pairs for profile in profiles),
            vectors=vectors,
            named=tuple(NamedKind(effect, cause, share) for (effect, cause), share in heaviest),
            marks=np.logical_or.reduce([profile.marks for profile in profiles]),
        )


def profile_of(sequence: TokenSequence, run: Run) -> SelectionProfile:
    """Return the profile of one run on its sequence. Raises ``TraceError`` when they do not belong together."""
    trace, decision = run.trace, run.decision
    table = template_pairs(sequence, trace)
    # As text first: of a dictionary, every row would become an object of its own on the way.
    effects, causes = (table.column(side).cast(pa.string()).to_pylist() for side in ("query", "key"))
    share = table.column("share").to_numpy()
    hashes = [kind_hash(effect, cause) for effect, cause in zip(effects, causes, strict=True)]
    sketch, marks = np.zeros(PLACES), np.zeros(MARKS, np.bool_)
    np.add.at(sketch, [number % PLACES for number in hashes], share)
    marks[[number % MARKS for number in hashes]] = True
    layers = range(len(trace.heads))
    vectors = {
        "kinds": sketch,
        "margins": np.concatenate([_quantiles([head.margin for head in trace.heads[layer]]) for layer in layers]),
        "selected": np.array([trace.pair_count(layer) / (len(trace.heads[layer]) * trace.length) for layer in layers]),
        "anchor": np.array([np.mean([head.anchor_weight.mean() for head in trace.heads[layer]]) for layer in layers]),
        "certified": np.array([trace.certified_share(layer) for layer in layers]),
        "known": np.array([decision.known_share]),
        "scores": _quantiles([_log_odds(decision.event_probability)]),
    }
    return SelectionProfile(
        runs=1,
        events=len(sequence),
        pairs=sum(trace.pair_count(layer) for layer in layers),
        vectors={name: np.array([rounded(value) for value in vectors[name]]) for name in VECTORS},
        named=tuple(
            NamedKind(effect[:_NAME_LENGTH], cause[:_NAME_LENGTH], rounded(part))
            for effect, cause, part in zip(effects[:MOST_NAMED], causes[:MOST_NAMED], share[:MOST_NAMED], strict=True)
        ),
        marks=marks,
    )


def kind_hash(effect: str, cause: str) -> int:
    """Return a number for a kind of pair, the same on every machine; of long templates, the first 120 characters count."""
    text = f"{effect[:_NAME_LENGTH]}\n{cause[:_NAME_LENGTH]}"
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def rounded(value: float) -> float:
    """Round to five significant digits, so that the recorded value is the value used in computations."""
    return float(f"{float(value):.{_DIGITS}g}")


def packed(marks: NDArray[np.bool_]) -> str:
    """Return the marks as compressed text; few marks are set."""
    return base64.b64encode(zlib.compress(np.packbits(marks).tobytes(), 9)).decode("ascii")


def unpacked(text: str) -> NDArray[np.bool_]:
    """Read the text of ``packed``. Raises ``ValueError``, ``zlib.error`` when it is anything else."""
    # Never more bytes than the marks take: the stored text is not trusted.
    data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), MARKS // 8 + 1)
    if len(data) != MARKS // 8:
        raise ValueError("its marks have the wrong length")
    return np.unpackbits(np.frombuffer(data, np.uint8)).astype(np.bool_)


def _quantiles(parts: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Return the 10, 50 and 90 % quantiles of all values; zeros where there are none."""
    values = np.concatenate(parts)
    return np.quantile(values, _QUANTILES) if len(values) else np.zeros(len(_QUANTILES))


def _log_odds(probability: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the log-odds of probabilities that may have been rounded to 0 or 1."""
    inside = np.clip(probability.astype(np.float64), _SUREST, 1 - _SUREST)
    return np.log(inside) - np.log1p(-inside)


def _read(payload: Any) -> SelectionProfile:
    texts = payload["templates"]
    marks = unpacked(payload["marks"])
    vectors = {name: np.array(payload["vectors"][name], np.float64) for name in VECTORS}
    if len(vectors["kinds"]) != PLACES or not all(
        vector.ndim == 1 and np.isfinite(vector).all() for vector in vectors.values()
    ):
        raise ValueError("its vectors have the wrong shape or are not finite")
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("its templates are not texts")
    return SelectionProfile(
        runs=int(payload["runs"]),
        events=int(payload["events"]),
        pairs=int(payload["pairs"]),
        vectors=vectors,
        named=tuple(NamedKind(texts[effect], texts[cause], float(share)) for effect, cause, share in payload["named"]),
        marks=marks,
    )


def training_profile_of(model: SparseMixModel, sequences: Sequence[TokenSequence]) -> SelectionProfile | None:
    """Return the profile of a model's selections on at most 64 of the sequences, evenly chosen, and 50,000 events.

    Return None without sequences, or for a model that selects every pair.
    """
    if model.config.attention != "entmax15":
        return None
    step = max(1, -(-len(sequences) // MOST_SEQUENCES))
    events = 0
    profiles: list[SelectionProfile] = []
    for sequence in sequences[::step]:
        if events + len(sequence) > MOST_EVENTS and profiles:
            break
        profiles.append(profile_of(sequence, model.run_with_trace(sequence)))
        events += len(sequence)
    return SelectionProfile.merged(profiles) if profiles else None
