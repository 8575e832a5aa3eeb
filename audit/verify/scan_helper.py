"""Helper process of verification: python -m audit.verify.scan_helper (`audit.verify.parallel_scan` starts it).

The process reads lines of JSON from standard input: the record's address, then tasks [after, limit]. For each task it prints a
line: the scanned span, or with a limit of 0 the stray rows.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterable

from audit.storage.database import Database
from audit.verify.fast_scan import scan
from audit.verify.stray_rows import find_strays

GC_THRESHOLD = 100_000  # threshold of the garbage collector: the many rows contain no cycles


class _NotingSet(set[object]):
    """A set that also lists in `fresh` what was added to it."""

    fresh: list[object]

    def add(self, item: object) -> None:
        self.fresh.append(item)
        super().add(item)


def _serve(lines: Iterable[str]) -> None:
    requests = iter(lines)
    database = Database(json.loads(next(requests)), read_only=True)
    print("ready", flush=True)
    good = _NotingSet()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    for line in requests:
        after, limit = json.loads(line)
        good.fresh = []
        try:
            with database.read() as connection:
                if limit:
                    span = scan(connection, after, limit, None, good)
                    reply = json.dumps([span.prev, span.hashes, span.kinds, sorted(span.doubtful), good.fresh])
                else:
                    reply = json.dumps(find_strays(connection, after))
        except Exception:  # the parent process meets the same error again and reports it
            reply = "null"
        print(reply, flush=True)


if __name__ == "__main__":
    _serve(sys.stdin)
