"""How many examples property tests try.

By default a fifth of what each asks for, so that `make test` stays quick; all of them with HYPOTHESIS_PROFILE=deep, as in
`make test-all`. A failing example is found again from Hypothesis' own database, whichever profile runs.
"""

import os
from typing import Any

from hypothesis import settings

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
_LEAST = 10


def examples(most: int = 100, **more: Any) -> settings:
    """Return settings that try `most` examples in the deep profile, a fifth of them otherwise; without a deadline."""
    return settings(max_examples=most if DEEP else min(most, max(_LEAST, most // 5)), deadline=None, **more)
