"""A process that records decisions and reviews and prints the number of each entry once it is acknowledged.

python -m tests.support.audit.writer PATH_OR_URL NAME COUNT        (COUNT 0: until killed)
"""

from __future__ import annotations

import itertools
import sys

from audit import BlobRef, open_store
from tests.support.audit.builders import UPLOAD, blobs_of, decision, sha
from tests.support.audit.team import judgement


def main(url: str, name: str, count: int) -> None:
    store = open_store(url)
    access = store.single_user(name)
    for i in itertools.count():
        if count and i == count:
            break
        selection = f"{name}-{i}".encode() * 100
        recorded = decision(caller=name, selections=(BlobRef(0, sha(selection), i, 1.0),))
        print(store.record_decision(recorded, blobs_of(UPLOAD, selection)).seq, flush=True)
        claim = access.queue.claim_decision(recorded.id)
        print(access.queue.submit(claim, judgement(access, claim)).seq, flush=True)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
