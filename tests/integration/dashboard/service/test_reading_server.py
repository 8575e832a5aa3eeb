"""The server of the processes that read ends without a word when its app has gone."""

from __future__ import annotations

import os
import select
import socket
import subprocess

import pytest

from dashboard.service.reading.server import COMMAND
from tests.support.paths import ROOT


@pytest.mark.parametrize("when", ["before it says anything", "before it was listened to"])
def test_an_app_that_has_gone_is_no_fault(when: str) -> None:
    near, far = socket.socketpair()
    if when == "before it says anything":
        near.close()
    options = {"env": os.environ | {"PYTHONPATH": str(ROOT)}, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with far, subprocess.Popen(COMMAND, stdin=far, **options) as started:
        far.close()
        if when == "before it was listened to":
            assert select.select([near], [], [], 60)[0]
            near.close()
        said = started.communicate(timeout=60)
    assert (started.returncode, *said) == (0, b"", b"")
