"""What led to a line and to an alarm, in Explain: lines, what did not come, variables, and their files."""

from __future__ import annotations

import json
import re

import pytest

from audit import Judgement, Reason, Verdict, utc_now
from dashboard.service.decide.pipeline import analyse
from dashboard.shared import cache, display
from sparsemix.__main__ import main
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import LOG
from tests.support.sparsemix.made_up_machine import MadeUpRun, faulty_run, normal_runs, write_normal

RUN = faulty_run("AX_work_pos")
# Up to the diagnosis, when the alarm is still active.
TABLE = MadeUpRun(tuple(row for row in RUN.rows if row[0] <= RUN.diagnosis_at), RUN.cause, RUN.alarm_at).table()
NORMAL = [(f"normal_{number}.csv", run.table(), "text/csv") for number, run in enumerate(normal_runs())]


@pytest.fixture
def app(monkeypatch, tmp_path, weights, any_log) -> App:
    return App(monkeypatch, tmp_path, weights)


def opened(app: App) -> App:
    """Open the panel of the decision just made."""
    return app.open("explain")


def finish(app: App, kind: str) -> App:
    jobs = [id for name, id in app.page.session_state["jobs"].items() if name.startswith(kind)]
    cache.worker().wait(jobs[-1], 6 * TIMEOUT)
    return app.run()


def plain(app: App) -> str:
    return app.words.replace("\\", "").replace("−", "-")


def downloaded(app: App, monkeypatch: pytest.MonkeyPatch) -> dict:
    """Return the JSON that the page offers."""
    given = []
    with monkeypatch.context() as patch:
        patch.setattr(display, "save_json", lambda label, content, *_: given.append(content()))
        app.run()
    return json.loads(json.dumps(given[-1]))


def test_lines_that_led_to_a_line_are_those_of_the_command(app, monkeypatch, tmp_path, weights, capsys):
    app.run().analyse("line.log", LOG)
    opened(app)
    finish(app, "explain")
    line = int(re.search(r"\*\*Line (\d+):", app.words)[1])
    assert app.has_download("explain_json")
    (tmp_path / "line.log").write_bytes(LOG)
    assert main(["causes", str(tmp_path / "line.log"), "--weights", str(weights), "--at", str(line), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    given = downloaded(app, monkeypatch)
    assert given["causes"] == told and "agreement" in given


def test_a_line_that_was_expected_and_did_not_come_is_shown(app):
    steps = [f"{step} order {number}" for number in range(4700, 4724) for step in ("received", "picked <i>")]
    del steps[21]
    app.run().analyse("steps.log", "\n".join(steps).encode())
    app.page.query_params["event"] = "20"
    opened(app)
    finish(app, "explain")
    assert "Expected after it" in app.words and "23 of 23 other groups" in plain(app)
    assert any("picked \\<i\\> order" in markdown.value for markdown in app.page.markdown)


def test_an_event_table_without_normal_runs_says_how_to_give_them_and_explains_its_lines(app):
    app.run().analyse("run.csv", TABLE)
    opened(app)
    assert "any normal run of the same machine" in app.words and not app.has_button("variables_learn")
    app.page.segmented_control(key="explain_section").set_value("why")
    finish(app.run(), "explain")
    assert app.has_download("explain_json")


def test_variables_that_led_to_an_alarm_are_those_of_the_command(app, monkeypatch, tmp_path, capsys):
    decision = app.run().analyse("run.csv", TABLE)
    opened(app)
    app.page.file_uploader(key=f"variables_files_{decision}").set_value(NORMAL)
    app.run().click("variables_learn")
    finish(app, "variables")
    said = plain(app)
    assert "normal_0.csv" in said and "By 12 normal runs" in popovers(app)
    assert "AX_A_100 since" in said and not app.has_button("explain_compute")
    first = app.page.dataframe[0].value.iloc[0]
    assert (first["variable"], first["value"], first["runs"]) == ("AX_work_pos", "False", "0 / 12")
    (tmp_path / "run.csv").write_bytes(TABLE)
    normal = str(write_normal(tmp_path / "normal"))
    for names in ([], ["--no-names"]):
        app.page.toggle(key="variables_names").set_value(not names)
        app.run()
        assert main(["causes", str(tmp_path / "run.csv"), "--normal", normal, "--json", *names]) == 0
        assert downloaded(app, monkeypatch) == json.loads(capsys.readouterr().out)
    app.page.selectbox(key=f"variables_moment_{decision}").select_index(1)
    app.run()
    given = downloaded(app, monkeypatch)
    at = ["--at", repr(given["moment"])]
    assert main(["causes", str(tmp_path / "run.csv"), "--normal", normal, "--json", "--no-names", *at]) == 0
    assert given == json.loads(capsys.readouterr().out) and given["alarms"][0]["alarm"] == "DR_A_300"
    app.click("variables_change")
    assert not app.has_download("causes_json")


def test_tables_that_people_found_normal_say_what_is_usual(app, model):
    ids = [analyse(data, "run.csv", model=model, access=app.access, source="axis") for _, data, _ in NORMAL[:3]]
    for id, verdict in zip(ids, (Verdict.APPROVE, Verdict.FLAG, Verdict.FLAG), strict=True):
        faulty = app.access.decision(id).label == "fault"
        claim, sha256 = app.access.queue.claim_decision(id), app.access.decision(id).input_sha256
        said = {"reason": Reason.WRONG_CAUSE, "corrected_label": "normal"} if faulty or verdict is Verdict.FLAG else {}
        shown = sha256, app.access.case(id).entry_hash
        app.access.queue.submit(claim, Judgement(Verdict.FLAG if said else verdict, utc_now(), *shown, **said))
    decision = analyse(TABLE, "run.csv", model=model, access=app.access, source="axis")
    app.page.query_params["decision"] = decision
    app.run()
    opened(app)
    assert "With 3 earlier tables of axis" in plain_labels(app)
    app.click("variables_learn")
    finish(app, "variables")
    assert "By 3 normal runs" in popovers(app)


def popovers(app: App) -> list[str]:
    return [part.proto.popover.label for part in app.page.get("popover")]


def plain_labels(app: App) -> str:
    return "\n".join(toggle.label.replace("\\", "") for toggle in app.page.toggle)


def test_files_that_are_no_event_tables_are_refused_in_words(app):
    decision = app.run().analyse("run.csv", TABLE)
    opened(app)
    box = f"variables_files_{decision}"
    app.page.file_uploader(key=box).set_value([("some.txt", LOG, "text/plain")])
    app.run().click("variables_learn")
    finish(app, "variables")
    assert "some.txt is no event table" in plain(app)
    app.page.file_uploader(key=box).set_value(NORMAL[:1])
    app.run().click("variables_learn")
    finish(app, "variables")
    assert "give at least 2" in app.words and app.has_button("variables_learn")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "broken.csv: Line 3 has another number of cells"), ("ja", "broken.csv: 3 行目のセルの数が見出し行と違います")],
)
def test_the_normal_run_that_cannot_be_read_is_named(app, language, said):
    app.page.query_params["lang"] = language
    decision = app.run().analyse("run.csv", TABLE)
    opened(app)
    broken = ("broken.csv", b"time,node,value,type\n0,a,1,x\n1,a\n", "text/csv")
    app.page.file_uploader(key=f"variables_files_{decision}").set_value([*NORMAL, broken])
    app.run().click("variables_learn")
    finish(app, "variables")
    assert said in plain(app)


def test_it_speaks_japanese(app):
    app.page.query_params["lang"] = "ja"
    app.run().analyse("run.csv", TABLE)
    opened(app)
    assert "正常な運転の表" in [box.label for box in app.page.file_uploader]
