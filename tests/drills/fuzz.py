"""Coverage-guided fuzzing of all readers: whatever comes, it is read or refused, in bounded memory and time.

    python -m tests.drills fuzz --json --seconds 3600

A process of its own (`fuzz_readers`) mutates small files of every kind with atheris, led by which lines of the readers they
reach. Reported are exceptions that are no `InputError`, `WeightsError` or `AuditError`, and inputs that took too much memory
or time, each with the input that led there. The kept corpus, ``fuzz_corpus``, holds small crafted files that fuzzing starts
from, each with the number of its reader as first byte; inputs that a reader once failed on are added by hand once it is mended.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.drills.common import Json, say
from tests.support.paths import ROOT

MISSING = "atheris is not installed; it has no wheels for some platforms: pip install -r requirements-dev.txt"
KEPT = Path(__file__).with_name("fuzz_corpus")
_LONGEST_INPUT = 65_536
_START = 300
"""Seconds that the process may take beside fuzzing."""
_RUNS = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


def drill(arguments: Namespace) -> Json:
    """Fuzz for so many seconds."""
    if find_spec("atheris") is None:
        say(MISSING)
        return {"ok": True, "not_tried": {"atheris": MISSING}}
    with TemporaryDirectory(prefix="sparsemix-") as folder:
        corpus, found = Path(folder) / "corpus", Path(folder) / "found"
        found.mkdir()
        command = [sys.executable, "-m", "tests.drills.fuzz_readers", str(found), str(corpus), str(KEPT)]
        options = {
            "max_total_time": arguments.seconds,
            "max_len": _LONGEST_INPUT,
            "seed": arguments.seed,
            "rss_limit_mb": 4_000,
            "timeout": 60,
            "print_final_stats": 1,
            "artifact_prefix": f"{found}/ended-",
        }
        done = subprocess.run(
            [*command, *(f"-{name}={value}" for name, value in options.items())],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=arguments.seconds + _START,
        )
        findings = [json.loads(path.read_bytes()) for path in sorted(found.glob("*.json"))]
        # What ended the whole process: by its memory, its time, or a signal.
        ended = [{"ended": path.name, "input": path.read_bytes().hex()} for path in sorted(found.glob("ended-*"))]
    runs, covered = _RUNS.search(done.stderr), _COVERED.findall(done.stderr)
    if runs is None:
        ended.append({"ended": "without a report", "input": done.stderr[-2_000:]})
    return {
        "ok": not findings and not ended,
        "runs": int(runs[1]) if runs else 0,
        "covered": int(covered[-1]) if covered else 0,
        "findings": findings,
        "ended_by": ended,
        "kept_corpus": len(list(KEPT.glob("*"))),
    }
