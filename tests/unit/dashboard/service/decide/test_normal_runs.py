"""Normal runs of a machine: read from uploads, archives and approved decisions, refused and cancelled."""

from __future__ import annotations

import io
import zipfile

import pytest

from audit import Access, Judgement, Reason, ReviewPolicy, Verdict, utc_now
from dashboard.service.decide.normal_runs import approved_runs, event_table_of, normal_runs
from dashboard.service.decide.pipeline import analyse
from dashboard.texts import Texts
from dashboard.views.reading import input_message
from sparsemix import InputError, RunCancelled, SparseMixModel
from sparsemix.causes.event_table import read_event_table
from sparsemix.causes.usual_states import UsualStates
from tests.support.dashboard.fixtures import LOG
from tests.support.sparsemix.made_up_machine import normal_runs as made_up

FILES = [(f"normal_{number}.csv", run.table()) for number, run in enumerate(made_up(4))]


def test_files_and_archives_say_the_same_as_their_tables(access: Access) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in FILES[1:]:
            archive.writestr(name, data)
    told: list[tuple[float, str]] = []
    runs = normal_runs([FILES[0], ("rest.zip", packed.getvalue())], (), access, lambda *said: told.append(said))
    assert len(runs.names) == 4 and runs.names[0] == "normal_0.csv"
    expected = UsualStates.of([read_event_table(data, name) for name, data in FILES])
    assert runs.usual.runs == 4 and runs.usual.states.keys() == expected.states.keys()
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] >= 0.0 and shares[-1] < 1.0
    assert {stage.split(" ")[0] for _, stage in told} == {"normal_runs", "usual_states"}


def test_what_is_no_event_table_is_refused_and_work_can_be_stopped(access: Access) -> None:
    with pytest.raises(InputError) as caught:
        normal_runs([("some.log", LOG)], (), access)
    assert caught.value.code == "no_event_table"
    with pytest.raises(InputError) as caught:
        normal_runs(FILES[:1], (), access)
    assert caught.value.code == "too_few_runs"

    def stop(_share: float, stage: str) -> None:
        if stage == "usual_states":
            raise RunCancelled("enough")

    with pytest.raises(RunCancelled):
        normal_runs(FILES, (), access, stop)


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("ragged", b"time,node,value,type\n0,a,1,x\n1,a\n"),
        ("bad_time", b"time,node,value,type\n0,a,1,x\nsoon,a,2,x\n"),
        ("bad_row", b'time,node,value,type\n0,a,1,x\n1,"a,2,x\n'),
        ("empty", b"  \n"),
        ("binary", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_the_file_that_cannot_be_read_is_named(access: Access, code: str, content: bytes) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("broken.csv", content)
    for name, data, named in (("broken.csv", content, "broken.csv"), ("rest.zip", packed.getvalue(), "rest.zip/broken.csv")):
        with pytest.raises(InputError) as caught:
            normal_runs([*FILES, (name, data)], (), access)
        assert caught.value.code == code and named in str(caught.value)
        assert input_message(caught.value, Texts("en")).replace("\\", "").startswith(f"{named}: ")
        assert input_message(caught.value, Texts("ja")).replace("\\", "").startswith(f"{named}: ")


def test_an_archive_and_an_approved_table_that_cannot_be_read_are_named(access: Access, model: SparseMixModel) -> None:
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(InputError) as caught:
        normal_runs([("rest.zip", empty.getvalue())], (), access)
    assert caught.value.params["file"] == "rest.zip"
    table = FILES[0][1] + b"soon,AX_to_work,True,Binary\n"
    decision = access.decision(analyse(table, "approved.csv", model=model, access=access, fall_back=False))
    with pytest.raises(InputError) as caught:
        normal_runs(FILES, (decision,), access)
    assert caught.value.code == "bad_time" and caught.value.params["file"] == "approved.csv"


def test_only_tables_of_the_source_that_people_found_normal_count(access: Access, model: SparseMixModel) -> None:
    access.admin.set_policy(ReviewPolicy(sampling_share=1.0))

    def decide(number: int, source: str, corrected: str | None) -> str:
        name, data = FILES[number]
        id = analyse(data, name, model=model, access=access, source=source, fall_back=False)
        if corrected is not None:
            decision = access.decision(id)
            said = {} if decision.label == corrected else {"reason": Reason.WRONG_CAUSE, "corrected_label": corrected}
            verdict = Verdict.FLAG if said else Verdict.APPROVE
            claim = access.queue.claim_decision(id)
            shown = decision.input_sha256, access.case(id).entry_hash
            access.queue.submit(claim, Judgement(verdict, utc_now(), *shown, **said))  # type: ignore[arg-type]
        return id

    ids = [decide(0, "axis", "normal"), decide(1, "axis", "fault"), decide(2, "pump", "normal"), decide(3, "axis", None)]
    asked = access.decision(ids[3])
    assert [run.id for run in approved_runs(access, asked)] == [ids[0]]
    table = event_table_of(access, asked)
    assert table is not None and table.changes == read_event_table(FILES[3][1], "run.csv").changes
    assert event_table_of(access, access.decision(analyse(LOG, "line.log", model=model, access=access))) is None
    assert normal_runs(FILES[1:2], approved_runs(access, asked), access).names == ("normal_1.csv", "normal_0.csv")
