"""Made-up logs in which lines of many orders are mixed, and identifiers of several kinds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from sparsemix import SparseMixConfig, TokenSequence, read_bytes
from sparsemix.encoding.entities import Entities, EntityType, entities_from, typed_identifiers
from sparsemix.judges import Labelled

STEPS = ("received", "picked", "packed", "checked", "loaded", "shipped")
KINDS: dict[str, Callable[[random.Random], str]] = {
    "prefix": lambda rng: f"blk_{rng.choice(('', '-'))}{rng.randrange(10**17, 10**18)}",
    "number": lambda rng: f"{rng.randrange(10_000, 99_999)}",
    "hex": lambda rng: f"{rng.randrange(16**12, 16**13):x}",
    "uuid": lambda rng: "-".join("".join(rng.choices("0123456789abcdef", k=n)) for n in (8, 4, 4, 4, 12)),
    "letters": lambda rng: "".join(rng.choices("bcdfghjklmnpqrstvwxz", k=6)),
    "mixed": lambda rng: "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=7)),
    "cyrillic": lambda rng: "".join(rng.choices("абвгдежзиклмн", k=6)),
}
ENGLISH = "INFO {step} order {id} at gate {gate}."
JAPANESE = "情報 注文 {id} を ゲート{gate} で {step}"
MATCHED = SparseMixConfig(
    features=256,
    d_model=16,
    layers=2,
    heads=2,
    d_head=8,
    d_ff=16,
    judge=Labelled(entities=(EntityType(("order #",)), EntityType(("gate #",), 4))),
)


def order_lines(orders: int, kind: str = "number", seed: int = 0, pattern: str = ENGLISH) -> tuple[list[str], list[str]]:
    """Return lines of so many orders, each with six steps in order, and the identifier of each line's order."""
    rng = random.Random(seed)  # noqa: S311 - made-up lines
    ids = [KINDS[kind](rng) for _ in range(orders)]
    places = sorted((start + rng.random() * orders, order) for order in range(orders) for start in range(len(STEPS)))
    done = dict.fromkeys(range(orders), 0)
    lines, owners = [], []
    for _, order in places:
        lines.append(pattern.format(step=STEPS[done[order]], id=ids[order], gate=rng.randrange(1, 5)))
        owners.append(ids[order])
        done[order] += 1
    return lines, owners


def order_log(orders: int, seed: int = 0) -> TokenSequence:
    """Return such lines as a reader reads them, a second apart."""
    lines, _ = order_lines(orders, seed=seed)
    stamped = [f"2026-11-28 {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02} {line}" for n, line in enumerate(lines)]
    return read_bytes("\n".join(stamped).encode(), "orders.log")


def entities_of(messages: Sequence[str], types: Sequence[EntityType]) -> Entities:
    """Return the identifiers of events with these messages, those at places of these types."""
    return entities_from([typed_identifiers(message, types) for message in messages], types)
