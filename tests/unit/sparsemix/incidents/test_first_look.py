"""What the incidents of a file show first: what anyone sees who looks at it, with reasons that are its reasons, and causes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sparsemix import RunCancelled, read_bytes
from sparsemix.encoding.file_statistics.statistics import file_statistics
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.finding import called, find_incidents
from sparsemix.incidents.incident import Incident, came_before
from sparsemix.incidents.ranking import MUST_BE_SEEN, WEIGHTS, first_ones, must_be_seen, vector
from sparsemix.incidents.reasons import line_effects, reasons_of, usual_line
from sparsemix.incidents.sentences import content, sentence_of
from sparsemix.incidents.terms import TERMS, aside, candidates
from sparsemix.model.fallback import any_log_model
from sparsemix.model.model import SparseMixModel
from sparsemix.readers import ReadOptions, read_path
from tests.support.paths import LOGS
from tests.support.paths import WEIGHTS as PLANT_WEIGHTS

AT, LINES = 600, 1000


def read(lines: list[str], name: str = "a.log") -> TokenSequence:
    return read_bytes(("\n".join(lines) + "\n").encode(), name)


def rerun_of(sequence: TokenSequence) -> Rerun:
    model = any_log_model()
    return Rerun(model, sequence, model.run_with_trace(sequence).trace)


def incidents_of(lines: list[str], name: str = "a.log") -> tuple[TokenSequence, list[Incident]]:
    sequence = read(lines, name)
    return sequence, find_incidents(rerun_of(sequence))


def test_the_search_for_incidents_can_be_stopped() -> None:
    rerun, looks = rerun_of(read(press("9999"))), list[int]()

    def stop() -> None:
        looks.append(1)
        if len(looks) == 2:
            raise RunCancelled

    with pytest.raises(RunCancelled):
        find_incidents(rerun, look=stop)


def press(force: str | None = None, pause: float = 0.0, count: int = LINES, at: int = AT) -> list[str]:
    """Return the log of a press, 6 s between lines, with another force or a pause at one line."""
    rng = np.random.default_rng(1)
    now, lines = datetime(2026, 3, 1, tzinfo=UTC), []
    for number in range(count):
        now += timedelta(seconds=abs(float(rng.normal(6, 1))) + pause * (number == at))
        usual, warm = round(rng.normal(812, 6)), rng.normal(41, 1)
        shown = force if force is not None and number == at else usual
        said = ("part ejected", f"stroke force={shown} temp={warm:.1f}")[number % 2 == 0]
        lines.append(f"{now:%Y-%m-%d %H:%M:%S} INFO press {said if number % 4 != 3 else 'clamp closed'}")
    return lines


def doors(count: int = 400) -> list[str]:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        f"{start + timedelta(seconds=7 * number):%Y-%m-%d %H:%M:%S} door {number % 7} opened by badge {1000 + number // 4}"
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("lines", "term"),
    [
        (press(force="2400"), "numbers"),
        (press(force="99999"), "numbers"),
        (press(force="0"), "numbers"),
        (press(pause=2820.0), "time"),
        (press(pause=30_000.0), "time"),
    ],
    ids=["2400", "99999", "0", "47 min", "8 h"],
)
def test_a_number_or_a_pause_that_somebody_puts_in_is_among_the_first_three_for_that_reason(
    lines: list[str], term: str
) -> None:
    _, incidents = incidents_of(lines)
    place = [incident.lead[0] for incident in incidents[:3]].index(AT)
    assert term in [reason.term for reason in incidents[place].reasons[:2]]


def test_a_clock_that_runs_back_is_the_first() -> None:
    lines = doors()
    lines[250:] = [line.replace("2026-03-01", "2025-11-20") for line in lines[250:]]
    _, incidents = incidents_of(lines)
    assert incidents[0].lead[0] == 250
    assert incidents[0].reasons[0].term == "clock"


def test_a_clear_jump_of_the_clock_must_be_seen_however_usual_its_line_is_and_an_hour_of_summer_time_need_not() -> None:
    def jumped(seconds: int) -> list[str]:
        start = datetime(2026, 3, 1, tzinfo=UTC)
        times = [start + timedelta(seconds=7 * number - seconds * (number >= 250)) for number in range(400)]
        said = ("door opened", "door closed", "badge read", "motor stopped")
        return [f"{at:%Y-%m-%d %H:%M:%S} {said[number * number % 4]}" for number, at in enumerate(times)]

    _, incidents = incidents_of(jumped(2_000_000))
    assert incidents[0].lead[0] == 250 and incidents[0].must and incidents[0].reasons[0].term == "clock"
    _, incidents = incidents_of(jumped(3600))
    assert not any(incident.must for incident in incidents if incident.lead[0] == 250)


def test_severe_lines_of_a_new_kind_are_one_incident_that_must_be_seen() -> None:
    lines = doors()
    for place in (150, 152, 155, 157):
        lines.insert(place, f"{lines[place][:19]} FATAL bus error: lost power")
    sequence, incidents = incidents_of(lines)
    assert incidents[0].lead[0] == 150 and incidents[0].must
    assert {150, 152, 155, 157} <= set(incidents[0].events)
    assert {reason.term for reason in incidents[0].reasons} >= {"severity", "rarity"}
    assert 'says "FATAL"' in sentence_of(incidents[0], sequence.events)
    assert not any(incident.must for incident in incidents[1:])


def test_of_everyday_severe_lines_none_must_be_seen() -> None:
    lines = [f"{line} error code {number % 5}" for number, line in enumerate(doors())]
    _, incidents = incidents_of(lines)
    assert not any(incident.must for incident in incidents)


def test_of_a_flood_from_one_address_one_incident_names_it() -> None:
    rng = np.random.default_rng(0)
    start, lines = datetime(2026, 3, 1, tzinfo=UTC), []
    for number in range(1200):
        address = "203.0.113.9" if 600 <= number < 840 and number % 2 else f"10.0.{rng.integers(9)}.{rng.integers(250)}"
        said = f"login failed for operator from {address}" if number % 6 == 1 or "113" in address else f"heartbeat {number}"
        lines.append(f"{start + timedelta(seconds=number):%Y-%m-%d %H:%M:%S} gate {said}")
    sequence, incidents = incidents_of(lines)
    flood = next(incident for incident in incidents[:3] if any(reason.term == "flood" for reason in incident.reasons))
    assert "203.0.113.9" in sentence_of(flood, sequence.events)
    assert len(flood.events) >= 100


def test_trouble_with_a_host_is_told_from_where_it_began() -> None:
    lines = doors(600)
    lines[200] = f"{lines[200][:19]} WARN client: cannot reach store-41, retrying"
    for place in range(206, 330, 4):
        lines[place] = f"{lines[place][:19]} WARN client: store-41 not responding, attempt {place}"
    lines[300] = f"{lines[300][:19]} ERROR writer: flush to store-41 failed, 12 records lost"
    sequence, incidents = incidents_of(lines)
    lost = next(incident for incident in incidents if incident.lead[0] == 300)
    (cause,) = lost.causes
    assert cause.event in (200, 206)
    assert lost.causes[0].word == "store-41" and lost.causes[0].rule == "trouble"
    line = cause.event + 1
    assert f"line {line} led to it: trouble with store-41 began there" in sentence_of(lost, sequence.events)
    assert content(lost, sequence.events)["causes"] == [{"line": line, "rule": "trouble", "word": "store-41", "effect": 0.5}]


def test_a_line_that_says_a_word_of_a_fault_once_before_announced_it() -> None:
    lines = doors(600)
    for place in range(30, 600, 30):
        lines[place] = f"{lines[place][:19]} kernel: clock is stable"
    lines[200] = f"{lines[200][:19]} kernel: under memory pressure"
    lines[455] = f"{lines[455][:19]} kernel: Out of memory: killed process historian"
    sequence, incidents = incidents_of(lines)
    assert incidents[0].lead[0] == 455 and incidents[0].must
    assert 'it says "Out of memory"' in sentence_of(incidents[0], sequence.events)
    assert [(cause.event, cause.rule, cause.word) for cause in incidents[0].causes] == [(200, "announced", "memory")]
    # Said twice before, it announces nothing.
    lines[300] = f"{lines[300][:19]} kernel: memory is fine"
    assert not incidents_of(lines)[1][0].causes


def test_a_word_that_says_nothing_by_itself_makes_no_cause() -> None:
    lines = doors(600)
    lines[200] = f"{lines[200][:19]} key exists already"
    lines[455] = f"{lines[455][:19]} FATAL too many guests already"
    assert not incidents_of(lines)[1][0].causes
    # Nor do two faults belong together because both have the level of faults.
    lines[430] = f"{lines[430][:19]} FATAL bus is off"
    assert not any(incident.causes for incident in incidents_of(lines)[1])


def test_how_long_something_took_is_no_flood() -> None:
    lines = [f"{line} login failed after 0:00:0{number % 7}.003" for number, line in enumerate(doors())]
    _, incidents = incidents_of(lines)
    assert not any(reason.term == "flood" for incident in incidents for reason in incident.reasons)


def test_a_run_of_a_kind_longer_than_any_other_is_shown_where_it_begins() -> None:
    lines = press()
    lines[AT:AT] = [lines[AT]] * 30
    _, incidents = incidents_of(lines)
    run = next(incident for incident in incidents if AT in incident.events)
    assert run.lead[0] == AT and "repetition" in [reason.term for reason in run.reasons]


def test_a_single_line_with_a_time_of_elsewhere_is_no_pause_and_no_jump_of_the_clock() -> None:
    lines = doors()
    lines[200] = lines[200].replace("2026-03-01", "2026-07-09")
    _, incidents = incidents_of(lines)
    assert not {"time", "clock"} & {reason.term for one in incidents for reason in one.reasons}
    # Where the clock stays, it jumped.
    lines[200:] = [line.replace("2026-03-01", "2026-07-09") for line in lines[200:]]
    assert incidents_of(lines)[1][0].reasons[0].term == "time"


def test_a_severe_word_weighs_less_where_the_level_says_information() -> None:
    lines = doors()
    for place, level in ((100, "INFO"), (300, "ERROR")):
        lines[place] = f"{lines[place][:19]} {level} pump {level.lower()} failed"
    _, incidents = incidents_of(lines)
    score = {one.lead[0]: one.score for one in incidents}
    assert score[300] - score[100] >= WEIGHTS["harmless"]


def test_what_is_set_to_nothing_or_switched_on_is_not_severe() -> None:
    lines = doors(300)
    lines[100], lines[200] = f"{lines[100][:19]} boot with panic=1 quiet=0", f"{lines[200][:19]} copied, err=0"
    assert not any(incident.must for incident in incidents_of(lines)[1])
    lines[200] = f"{lines[200][:19]} copied, err=0, disk failed"
    sequence, incidents = incidents_of(lines)
    assert [sequence.events[one.lead[0]].line for one in incidents if one.must] == [201]
    assert 'it says "failed"' in sentence_of(incidents[0], sequence.events)


def test_a_number_or_a_pause_alone_is_looked_at_and_need_not_be_seen() -> None:
    values = np.zeros((4, len(TERMS)))
    for row, term in enumerate(("severe", "clock", "number_gap", "pause")):
        values[row, TERMS.index(term)] = 9.0
    assert must_be_seen(values, np.full(4, MUST_BE_SEEN)).tolist() == [True, True, False, False]
    assert not must_be_seen(values, np.full(4, MUST_BE_SEEN - 0.1)).any()


def hosts() -> list[str]:
    """Return the joined logs of two hosts of the same hour: one ends with trouble with a store that the other loses early."""
    one, two = doors(400), doors(400)
    for place in (380, *range(384, 400, 4)):
        one[place] = f"{one[place][:19]} WARN client: cannot reach store-41, attempt {place}"
    for place in (30, 60, 90):
        two[place] = f"{two[place][:19]} WARN client: store-41 not responding, attempt {place}"
    two[100] = f"{two[100][:19]} ERROR writer: flush to store-41 failed, 12 records lost"
    return [f"{line[:19]} {host}{line[19:]}" for host, lines in (("east", one), ("west", two)) for line in lines]


def test_what_another_source_wrote_is_no_cause_and_where_it_begins_no_clock_runs_back() -> None:
    lines = hosts()
    sequence, incidents = incidents_of(lines)
    assert sequence.starts == (400,)
    assert not any(reason.term in ("clock", "time") for incident in incidents for reason in incident.reasons)
    lost = next(incident for incident in incidents if 500 in incident.events)
    assert lost.lead[0] >= 400 and not any(event < 400 for event in lost.events)
    for incident in incidents:
        for cause in incident.causes:
            assert sequence.source_of(cause.event) == sequence.source_of(incident.lead[0])
    # The same file as one source: the clock runs back there.
    joined = read_bytes("\n".join(lines).encode(), "a.log", options=ReadOptions(sources="one"))
    assert not joined.starts
    (back,) = [incident for incident in find_incidents(rerun_of(joined)) if incident.lead[0] == 400]
    assert back.reasons[0].term == "clock"


def test_of_two_sources_only_both_clocks_tell_what_came_before() -> None:
    sequence = read(hosts())
    assert came_before(sequence, 10, 20) and not came_before(sequence, 20, 10)
    assert came_before(sequence, 10, 450) and not came_before(sequence, 90, 450)
    assert came_before(sequence, 450, 90) and not came_before(sequence, 450, 50)
    untimed = replace(sequence, events=tuple(event._replace(time=None) for event in sequence.events))
    assert came_before(untimed, 10, 20) and not came_before(untimed, 10, 450)


def test_no_cause_stands_later_or_later_by_its_clock() -> None:
    lines = doors(600)
    lines[200] = f"{lines[200].replace('2026-03-01', '2026-03-09')[:19]} WARN client: cannot reach store-41, retrying"
    for place in range(206, 330, 4):
        lines[place] = f"{lines[place][:19]} WARN client: store-41 not responding, attempt {place}"
    lines[300] = f"{lines[300][:19]} ERROR writer: flush to store-41 failed, 12 records lost"
    sequence, incidents = incidents_of(lines)
    for incident in incidents:
        for cause in incident.causes:
            before, lead = sequence.events[cause.event], sequence.events[incident.lead[0]]
            assert cause.event < incident.lead[0] and (before.time or 0) <= (lead.time or 0)


@pytest.mark.parametrize(
    "lines", [press(force="2400"), [*doors()[:200], "2026-03-01 00:30:00 FATAL power lost", *doors()[200:]]]
)
def test_a_reason_is_the_score_less_that_without_it(lines: list[str]) -> None:
    sequence = read(lines)
    rerun, statistics = rerun_of(sequence), file_statistics(sequence.events)
    found, weights = candidates(sequence.events, statistics, rerun.logits), vector(WEIGHTS)
    usual = usual_line(found, statistics)
    for number in first_ones(found, 3, weights)[0]:
        event = int(found.event[number])
        effects = line_effects(found, event, weights, rerun, statistics, usual)
        for reason in reasons_of(found, number, weights, rerun, statistics, usual):
            assert reason.effect == pytest.approx(effects[reason.term])
        # Of what the network has no part in, the effect is the score with the usual value in its place.
        pause, values = TERMS.index("pause"), found.values[event].copy()
        values[pause] = usual.terms[pause]
        values[TERMS.index("aside")] = aside(values)
        by_network = effects["time"] - float((found.values[event] - values) @ weights)
        assert abs(by_network) <= weights[TERMS.index("model")] * 9 + weights[TERMS.index("outstanding")] * 5
        # A whole run in which the line alone is read otherwise gives the same logit, where no other line selects it.
        other = rerun.alone(event, rerun.embedded[[event]])
        assert other == pytest.approx([float(rerun.logits[event])], abs=1e-9)


@pytest.mark.parametrize(
    "lines",
    [
        ["the same line"] * 60,
        [f"no time here {number}" for number in range(55)],
        ["x" * 20_000, *doors(60)],
    ],
    ids=["alike", "no times", "endless"],
)
def test_a_file_that_says_little_about_itself_is_no_error_and_needs_nobody(lines: list[str]) -> None:
    sequence, incidents = incidents_of(lines)
    assert not any(incident.must for incident in incidents)
    assert all(sentence_of(incident, sequence.events) for incident in incidents)


def test_weights_that_know_their_plant_tell_what_they_flag_and_what_led_to_it() -> None:
    sequence = read_path(LOGS / "faulty.log")
    model = SparseMixModel.load(PLANT_WEIGHTS)
    incidents = find_incidents(Rerun(model, sequence, model.run_with_trace(sequence).trace))
    assert incidents and all(incident.reasons[0].term == "weights" for incident in incidents)
    assert any(incident.causes for incident in incidents)


def test_a_file_whose_first_line_to_look_at_ended_a_program_is_not_called_normal() -> None:
    killed, calm = doors(), doors()
    killed[300] = f"{killed[300][:19]} kernel: Out of memory: Killed process 4242 (postgres)"
    for lines, said in ((killed, "fault"), (calm, "normal")):
        sequence, incidents = incidents_of(lines)
        assert called("normal", incidents, sequence.events) == said
        assert called("fault", incidents, sequence.events) == "fault"
