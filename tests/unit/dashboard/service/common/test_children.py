"""Processes that others do work in: they end when they are told to, whatever they are about."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from dashboard.service.common.child_processes import kill, undisturbed

_LARGE = 100 << 20


def _much() -> bytes:
    return bytes(_LARGE)


def test_a_process_that_is_killed_while_it_sends_keeps_nobody_waiting() -> None:
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    pool.submit(os.getpid).result()
    pool.submit(_much)
    reader = pool._result_queue._reader
    # Until the first part of the answer is there, and with it the rest under way.
    assert reader.poll(60)
    ending = threading.Thread(target=kill, args=(pool,), kwargs={"wait": True}, daemon=True)
    ending.start()
    ending.join(60)
    assert not ending.is_alive()


def test_what_tells_to_end_waits_until_a_process_has_started() -> None:
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    try:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGTERM)
            assert told == []
        assert told == [signal.SIGTERM]
        with pytest.raises(ValueError, match="on the way"), undisturbed():
            os.kill(os.getpid(), signal.SIGTERM)
            raise ValueError("on the way")
        assert told == [signal.SIGTERM] * 2
    finally:
        signal.signal(signal.SIGTERM, before)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
