"""What goes from the process that judges to the one that records."""

from dashboard.service.decide.decision_record import lean
from dashboard.service.decide.judging import judge
from sparsemix import SparseMixModel
from sparsemix.model.fallback import any_log_model
from tests.support.dashboard.fixtures import LOG


def test_events_that_the_record_does_not_name_are_left_out(model: SparseMixModel) -> None:
    judged = judge(LOG, "line.log", model=model)
    handed = lean(judged, model)
    assert len(handed.sequence) == len(judged.sequence)
    named = [event for event in handed.sequence.events if event.text]
    assert 0 < len(named) < len(judged.sequence)
    assert set(named) <= set(judged.sequence.events)


def test_a_file_judged_by_what_it_says_keeps_all_events() -> None:
    """What a person said of a kind of lines is looked for in every line: also where the weights for any log were asked for."""
    model = any_log_model()
    judged = judge(LOG, "line.log", model=model)
    assert not judged.by_itself
    assert lean(judged, model) is judged
