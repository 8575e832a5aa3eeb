"""Kinds of pairs never selected in training: those of new messages, and none of what was practised."""

from __future__ import annotations

from dashboard.views.new_kinds import new_kinds
from sparsemix.monitoring.drift import profile_of
from sparsemix.monitoring.drift.profile import training_profile_of
from tests.unit.sparsemix.monitoring.test_practice import KNOWN, of
from tests.unit.sparsemix.monitoring.test_profile import MODEL


def test_nothing_that_was_practised_is_called_new() -> None:
    practised = training_profile_of(MODEL, KNOWN)
    assert practised is not None
    assert new_kinds(practised, [profile_of(one, MODEL.run_with_trace(one)) for one in KNOWN]) == []


def test_new_messages_give_kinds_that_were_never_practised() -> None:
    practised = training_profile_of(MODEL, KNOWN)
    assert practised is not None
    other = of("door open", "belt torn", "belt torn", "door open")
    profile = profile_of(other, MODEL.run_with_trace(other))
    found = new_kinds(practised, [profile, profile])
    assert {(one.effect, one.cause) for one in found} == {(kind.effect, kind.cause) for kind in profile.named}
    assert {one.profiles for one in found} == {2}
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
