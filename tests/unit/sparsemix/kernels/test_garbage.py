"""Garbage is looked for again after work without it, and not among what is loaded."""

import gc

from sparsemix.kernels.garbage import keep_loaded, uncollected


def test_the_last_of_those_who_work_looks_for_garbage_again() -> None:
    one, other = uncollected(), uncollected()
    try:
        with one:
            other.__enter__()
        assert not gc.isenabled()
        other.__exit__(None, None, None)
        assert gc.isenabled()
    finally:
        gc.enable()


def test_what_is_loaded_is_no_longer_looked_at() -> None:
    before = gc.get_freeze_count()
    try:
        keep_loaded()
        assert gc.get_freeze_count() > before
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        gc.unfreeze()
