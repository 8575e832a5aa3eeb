"""Signatures of reviews, for people to read: who signed a review, with which key, and what that means.

Whether the key was the person's own at that time is for `audit.log.authority` to say, which follows the whole log.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, select

from audit.log.entries import SIGNATURE
from audit.log.signatures import signature_problem
from audit.people.keys import fingerprint
from audit.storage import documents
from audit.storage.schema import reviews


class ReviewSignature(NamedTuple):
    """The signature of a review: the account that signed, its key's fingerprint, the meaning in the words signed, and the hash
    of the decision's entry that was shown."""

    account_id: str
    fingerprint: str
    meaning: str
    entry_hash: str


def signatures_of(connection: Connection, review_ids: Collection[str]) -> dict[str, ReviewSignature]:
    """Return the signatures of these reviews by the review's id; a review without a valid one is missing. Raises `Tampered`."""
    found = {}
    for id, seq in connection.execute(select(reviews.c.id, reviews.c.seq).where(reviews.c.id.in_(list(review_ids)))).all():
        signed = documents.at(connection, seq)
        signature = documents.at(connection, seq + 1)
        if signed is None or signature is None or signature.content is None:
            continue
        if (signature.entry.type, signature.entry.subject) != (SIGNATURE, signed.entry.hash):
            continue
        content = signature.content
        if not signature_problem(signed.entry.hash, content):
            key, meaning, decision = fingerprint(content["key"]), str(content["meaning"]), str(content["decision"])
            found[id] = ReviewSignature(signature.entry.actor, key, meaning, decision)
    return found
