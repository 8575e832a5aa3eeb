"""What a helper of verification runs: python -m audit.cli.scan_helper (`audit.verify.parallel_scan` starts it).

The record's address and numbers of entries come in on standard input, a line each; scanned spans go out.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterable

from audit.record_store import RecordStore
from audit.verify.parallel_scan import CALM


class _Noting(set[object]):
    """A set that notes what is new in it."""

    fresh: list[object]

    def add(self, item: object) -> None:
        self.fresh.append(item)
        super().add(item)


def _serve(lines: Iterable[str]) -> None:
    asked = iter(lines)
    store = RecordStore(json.loads(next(asked)), read_only=True)
    print("ready", flush=True)
    good = _Noting()
    gc.freeze()
    gc.set_threshold(CALM)
    for line in asked:
        after, limit = json.loads(line)
        good.fresh = []
        try:
            if limit:
                span = store.scan(after, limit, None, good)
                reply = json.dumps([span.prev, span.hashes, span.kinds, sorted(span.doubtful), good.fresh])
            else:
                reply = json.dumps(store.strays(after))
        except Exception:  # whatever it is, the other side meets it again and says so
            reply = "null"
        print(reply, flush=True)


if __name__ == "__main__":
    _serve(sys.stdin)
