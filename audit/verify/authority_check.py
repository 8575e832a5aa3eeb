"""Whether everybody had the right to what they did, of the whole log, whose entries were verified before."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from sqlalchemy import Connection

from audit.log.authority import EntryHeader, GivenReview
from audit.log.chain import ChainProblem
from audit.log.signatures import signature_problem
from audit.storage.engines import read_fast
from audit.storage.fold import Fold


class AuthorityResult(NamedTuple):
    """The first entry whose maker had no right to it, or None; and without one all reviews by decision, None where the fold
    does not know them all."""

    problem: ChainProblem | None
    reviews: Mapping[str, Sequence[GivenReview]] | None


def follow(connection: Connection, size: int) -> AuthorityResult:
    """Follow the rights through the first `size` entries, all verified before; threads check the signatures."""
    signed: list[tuple[EntryHeader, Mapping[str, Any]]] = []

    def later(made: EntryHeader, content: Mapping[str, Any]) -> None:
        signed.append((made, content))

    fold = Fold(later, proving=False)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:

        def first() -> ChainProblem | None:
            for found in fold.problems(connection, size):
                texts = threads.map(lambda one: signature_problem(one[0].hash, one[1]), signed, chunksize=64)
                wrong = zip((made for made, _ in signed), texts, strict=True)
                found += [(made, f"{made} was made without the right to it: {text}.") for made, text in wrong if text]
                signed.clear()
                if found:
                    return ChainProblem(min(found)[0].seq, min(found)[1])
            return next((ChainProblem(made.seq, text) for made, text in fold.authority.unsigned()), None)

        problem = read_fast(connection, first)
    reviews = fold.authority.reviews if fold.authority.reviews_are_all else None
    return AuthorityResult(problem, reviews)
