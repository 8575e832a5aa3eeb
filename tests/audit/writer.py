"""A process that records decisions and reviews and prints the number of each entry once it is acknowledged.

python tests/audit/writer.py PATH NAME COUNT        (COUNT 0: until killed)
"""

from __future__ import annotations

import itertools
import sys

from audit import BlobRef, Conflict, open_store
from tests.audit.builders import UPLOAD, blobs_of, decision, review, sha


def main(path: str, name: str, count: int) -> None:
    store = open_store(path)
    for i in itertools.count():
        if count and i == count:
            break
        selection = f"{name}-{i}".encode() * 100
        recorded = decision(caller=name, selections=(BlobRef(0, sha(selection), i, 1.0),))
        print(store.record_decision(recorded, blobs_of(UPLOAD, selection)).seq, flush=True)
        try:
            print(store.record_review(review(recorded.id, reviewer_id=name)).seq, flush=True)
        except Conflict:
            print("refused", flush=True)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
