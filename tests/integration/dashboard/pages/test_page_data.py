"""The page Data & training: data are read whole or not at all, a training is kept or leaves nothing, weights are put to use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit import Role
from dashboard.features.training.learn_form import ANY_LOG
from dashboard.service.decide.replay import replay_bits
from dashboard.service.training.own_data import sample
from dashboard.shared import cache
from dashboard.texts import Texts
from sparsemix.model.fallback import any_log_model
from tests.support.dashboard.app import TIMEOUT, App

STEPS = 4


def lots(normal: int = 24, faulty: int = 8, *, labels: bool = True, events: int = 64) -> bytes:
    """Return a tiny data set: machines step from 0 on; a faulty one says so in the middle of its log."""
    lines = []
    for number in range(normal + faulty):
        bad = number >= normal
        said = [f"INFO ST0{number % 3} step {step} pressure={step % 5}.5" for step in range(events)]
        if bad:
            said[events // 2] = "ERROR ST09 torque drift beyond limit"
        lot = {"id": f"lot-{number}", "events": said}
        lines.append(json.dumps(lot | ({"label": "fault" if bad else "ok"} if labels else {})))
    return "\n".join(lines).encode()


pytestmark = pytest.mark.usefixtures("nobody_else_learns")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights).run().open("data")


def drop(app: App, *files: tuple[str, bytes]) -> App:
    app.page.file_uploader(key="data_files").set_value([(*file, "application/octet-stream") for file in files])
    return app.run()


def begin(app: App, task: str = "auto", **settings: object) -> App:
    """Start a training of a few steps."""
    app.page.segmented_control(key="train_task").set_value(task)
    app.page.number_input(key="train_steps").set_value(STEPS)
    for key, value in settings.items():
        app.page.selectbox(key=key).set_value(value)
    return app.run().click("train")


def train(app: App, task: str = "auto", **settings: object) -> App:
    begin(app, task, **settings)
    cache.trainer().wait(app.job("train"), TIMEOUT)
    return app.run()


def test_data_are_read_and_counted(app: App) -> None:
    drop(app, ("lots.jsonl", lots()))
    metrics = {metric.label: metric.value for metric in app.page.metric}
    assert (metrics["Sequences"], metrics["Events"], metrics["Labelled sequences"]) == ("32", "2,048", "32")
    assert "Few labels: 8 faulty, 24 normal sequences" in app.words
    table = app.page.dataframe[0].value
    assert table["Label"].tolist() == ["ok", "fault"]
    assert table["Read as"].tolist() == ["normal", "faulty"]


def test_it_says_what_automatic_takes_and_why(app: App) -> None:
    drop(app, ("lots.jsonl", lots()))
    assert "Automatic: Labels, as 8 faulty and 24 normal sequences have labels (4 of each" in app.words
    drop(app, ("lots.jsonl", lots(normal=30, faulty=3)))
    assert "Automatic: What is normal, as 3 faulty and 30 normal sequences have labels" in app.words
    app.page.segmented_control(key="train_task").set_value("novelty")
    assert "Automatic:" not in app.run().words


def asked(app: App) -> list[str]:
    """Return the labels among which the page asks for those that mean normal; none where it does not ask."""
    return [option for box in app.page.multiselect if box.key.startswith("data_normal_") for option in box.options]


def test_labels_that_are_not_understood_are_asked_for(app: App) -> None:
    drop(app, ("lots.jsonl", lots()))
    assert asked(app) == []
    drop(app, ("lots.jsonl", lots().replace(b'"ok"', b'"Gut"').replace(b'"fault"', b'"Schlecht"')))
    assert "which labels of" in app.words
    assert "Nothing was read" not in app.words and not app.page.metric
    assert asked(app) == ["Gut", "Schlecht"]
    (field,) = (box for box in app.page.multiselect if box.key.startswith("data_normal_"))
    field.set_value(["Gut"])
    app.run()
    assert "Few labels: 8 faulty, 24 normal sequences" in app.words
    assert app.page.dataframe[0].value["Read as"].tolist() == ["normal", "faulty"]


def test_the_choice_can_be_changed_and_other_labels_ask_anew(app: App) -> None:
    drop(app, ("lots.jsonl", lots().replace(b'"ok"', b'"Gut"').replace(b'"fault"', b'"Schlecht"')))
    for chosen, faulty in ((["Schlecht"], 24), (["Gut"], 8)):
        (field,) = (box for box in app.page.multiselect if box.key.startswith("data_normal_"))
        field.set_value(chosen)
        app.run()
        assert f"{faulty} faulty," in app.words
    (field,) = (box for box in app.page.multiselect if box.key.startswith("data_normal_"))
    field.set_value([])
    app.run()
    assert "which labels of" in app.words
    own = app.page.session_state["own_data"]
    own.take_as_normal(("Gut",))
    own.label_by(("labels.csv", b"id,label\n" + b"".join(b"lot-%d,NG\n" % number for number in range(32))))
    assert own.normal is None


def said_of(app: App, role: str) -> str:
    """Return the field for a role's column, as it stands."""
    own = app.page.session_state["own_data"]
    found = next(box for box in app.page.selectbox if box.key.startswith(f"{own.id}_{own.round}_{role}_"))
    return str(found.value)


@pytest.mark.deep
def test_columns_of_a_table_are_corrected_and_remembered_of_its_source(app: App) -> None:
    rows = [f"lot-{lot},{step},{step % 5}.5,{'NG' if lot > 3 else 'OK'}" for lot in range(8) for step in range(64)]
    table = "\n".join(["lot,step,pressure,quality", *rows]).encode()
    drop(app, ("press-2026-03-02.csv", table))
    metrics = {metric.label: metric.value for metric in app.page.metric}
    assert (metrics["Sequences"], metrics["Labelled sequences"]) == ("1", "0")
    own = app.page.session_state["own_data"].id
    for role, column in (("sequence_id", "lot"), ("label", "quality")):
        next(box for box in app.page.selectbox if box.key.startswith(f"{own}_0_{role}_")).set_value(column)
        app.run()
    metrics = {metric.label: metric.value for metric in app.page.metric}
    assert (metrics["Sequences"], metrics["Labelled sequences"]) == ("8", "8")
    assert "4 faulty, 4 normal" in app.words
    app.click("remember_reading")
    assert "Recorded (entry" in app.words
    assert app.access.readings.of("press").settings["columns"] == {"label": "quality", "sequence_id": "lot"}  # type: ignore[union-attr]
    # Another day's data of the same press are read so at once.
    drop(app, ("press-2026-03-03.csv", table.replace(b"1.5", b"1.7")))
    assert "settings remembered for press" in app.words
    assert "4 faulty, 4 normal" in app.words
    assert said_of(app, "label") == "quality"
    train(app, "label").click("training_keep")
    assert app.store.weights()[0].card["labels"] == {"OK": 4, "NG": 4}
    app.page.segmented_control(key="data_section").set_value("learn")
    app.run().click("forget_reading")
    assert "Recorded (entry" in app.words
    assert said_of(app, "label") != "quality"
    assert {metric.label: metric.value for metric in app.page.metric}["Labelled sequences"] == "0"


def test_remembered_settings_that_do_not_fit_a_data_set_say_so(app: App) -> None:
    app.access.readings.remember("press", {"columns": {"label": "quality"}})
    drop(app, ("press.csv", b"step,pressure\n" + b"1,2.5\n" * 60))
    assert "do not fit this file" in app.words
    app.click("guess_reading")
    assert "do not fit this file" not in app.words
    assert app.has_button("train")


@pytest.mark.deep
def test_labels_can_lie_in_a_file_of_their_own_and_must_be_of_these_data(app: App) -> None:
    drop(app, ("lots.jsonl", lots(labels=False)))
    box = f"data_labels_{app.page.session_state['own_data'].id}"
    strangers = ("labels.csv", b"id,label\nlot-0,OK\nmonday,NG\n", "text/csv")
    app.page.file_uploader(key=box).set_value(strangers)
    app.run()
    (said,) = [error.value for error in app.page.error]
    assert "1 of 2 labels" in said
    assert not app.has_button("train")
    rows = "\n".join(f"lot-{n},{'NG' if n > 23 else 'OK'}" for n in range(32))
    app.page.file_uploader(key=box).set_value(("labels.csv", f"id,label\n{rows}\n".encode(), "text/csv"))
    app.run()
    assert "8 faulty, 24 normal" in app.words
    train(app, "label").click("training_keep")
    assert app.store.weights()[0].card["labels"] == {"OK": 24, "NG": 8}


def test_several_files_are_one_data_set(app: App) -> None:
    logs = [(f"line-{n}.log", "\n".join(f"2026-03-02 10:00:{s:02} INFO step {s}" for s in range(20)).encode()) for n in (2, 1)]
    drop(app, *logs)
    assert "line-1.log + 1" in app.words.replace("\\", "")
    assert {metric.label: metric.value for metric in app.page.metric}["Sequences"] == "2"


@pytest.mark.deep
def test_a_training_is_kept_put_to_use_and_analysed_with(app: App) -> None:
    drop(app, ("lots.jsonl", lots()))
    train(app, "novelty")
    assert "Ready: What is normal" in app.words
    assert "Measured on 13 sequences" in app.words
    assert "Too few normal sequences" in app.words
    assert app.store.head().size == 0
    app.page.text_input(key="train_name").set_value("line 4")
    app.run().click("training_keep")
    (kept,) = app.store.weights()
    assert (kept.name, kept.card["task"], kept.card["steps"], kept.started_from) == ("line 4", "novelty", STEPS, None)
    assert kept.card["made_by"]
    assert len(app.store.blob(kept.sha256)) > 1000
    assert "Lineage: line 4" in app.words
    app.click("use_weights")
    used = app.store.weights_in_use()
    assert used is not None
    assert used.sha256 == kept.sha256
    assert "line 4" in app.words
    assert cache.model().weights_sha256 == kept.sha256
    app.open("analyse")
    id = app.analyse("monday.log", "\n".join(json.loads(lots().decode().splitlines()[0])["events"]).encode())
    assert app.store.decision(id).weights_sha256 == kept.sha256
    app.open("data").click("use_program")
    assert cache.model().weights_sha256 != kept.sha256
    # What was decided stays tied to the weights that decided it.
    assert replay_bits(app.store, id).identical
    app.page.query_params["decision"] = id
    app.open("explain")
    assert "the weights" not in " ".join(error.value for error in app.page.error)
    assert app.store.verify().ok


@pytest.mark.deep
def test_a_discarded_training_leaves_nothing(app: App) -> None:
    drop(app, ("lots.jsonl", lots()))
    train(app, "label")
    assert "Ready: Labels" in app.words
    assert {"New", "In use at the time"} <= set(app.page.dataframe[0].value["Weights"])
    job = app.job("train")
    app.click("training_discard")
    assert "Ready" not in app.words
    assert cache.trainer().get(job) is None
    assert app.store.weights() == []
    assert not app.page.button(key="train").disabled


def test_a_training_is_found_again_after_a_reload_and_can_be_cancelled(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path
) -> None:
    drop(app, ("lots.jsonl", lots()))
    app.page.number_input(key="train_minutes").set_value(60.0)
    app.run().click("train")
    assert app.page.button(key="train").disabled
    again = App(monkeypatch, tmp_path, weights).run().open("data")
    assert "Training on lots\\.jsonl" in again.words
    again.click("cancel_train")
    cache.trainer().wait(again.job("train"), TIMEOUT)
    assert "Stopped. Nothing was stored" in again.run().words
    again.click("training_put_away")
    assert "Training on" not in again.words
    assert again.store.head().size == 0


@pytest.mark.deep
def test_fine_tuning_goes_on_from_registered_weights_and_says_so(app: App) -> None:
    drop(app, ("lots.jsonl", lots(labels=False)))
    train(app).click("training_keep")
    (first,) = app.store.weights()
    assert first.card["task"] == "novelty"
    app.page.segmented_control(key="data_section").set_value("learn")
    app.run()
    drop(app, ("labelled.jsonl", lots(6, 5)))
    train(app, "label", train_initial=first.sha256).click("training_keep")
    second = app.store.weights()[-1]
    assert (second.started_from, second.card["started_from"]) == (first.sha256, first.sha256)
    assert f"({second.sha256[:12]}) ← Learned from lots.jsonl ({first.sha256[:12]})" in app.words.replace("\\", "")


def labelled_lines(faulty: bool = True) -> bytes:
    """Return three logs in which a line is labelled as faulty, or none."""
    logs = json.loads(f"[{lots(3, 0, events=400).decode().replace(chr(10), ',')}]")
    for log in logs:
        del log["label"]
        log |= {"spans": [[32, 33]] if faulty else []}
    return "\n".join(map(json.dumps, logs)).encode()


def test_a_few_labelled_lines_are_learned_on_from_the_model_for_any_log(app: App) -> None:
    drop(app, ("lots.jsonl", labelled_lines()))
    train(app, train_initial=ANY_LOG)
    assert "Reads no words" in app.words and "Automatic:" not in app.words
    app.click("training_keep")
    (kept,) = app.store.weights()
    assert (kept.card["task"], kept.card["steps"]) == ("label", STEPS)
    assert kept.card["config"]["of_file"] and kept.started_from == any_log_model().weights_sha256


def test_what_the_model_for_any_log_cannot_learn_from_is_said(app: App) -> None:
    drop(app, ("lots.jsonl", labelled_lines(faulty=False)))
    train(app, train_initial=ANY_LOG)
    for language in ("en", "ja"):
        app.page.segmented_control(key="language").set_value(language)
        app.run()
        assert [error.value for error in app.page.error] == [Texts(language)("input.no_labelled_lines", name="lots.jsonl")]


BAD = {
    "no header": ("a.csv", b"1,2,3\n4,5,6\n7,8,9\n", "no header"),
    "duplicate columns": ("a.csv", b"time,p,p\n1,2,3\n2,3,4\n", "twice"),
    "nothing measured": ("a.csv", b"time,p\n2026-01-01 10:00:00,NaN\n2026-01-01 10:00:01,NaN\n", "Every"),
    "time backwards": ("a.csv", b"time,p\n2026-01-01 10:00:09,1\n2026-01-01 10:00:01,2\n", "backwards"),
    "a million columns": (
        "a.csv",
        ",".join(f"c{n}" for n in range(1_000_000)).encode() + b"\n" + b"1," * 999_999 + b"1\n",
        "columns",
    ),
    "mixed encodings": ("a.log", "2026 圧力 低下\n".encode() * 9 + "2026 圧力 低下\n".encode("shift_jis") * 9, "Byte"),
    "broken line": ("a.jsonl", b'{"id": 1, "events": ["a", "b"]}\n{"id": 2, "events": [\n', "line 2"),
    "one id twice": ("a.jsonl", b'{"id": 1, "events": ["a"]}\n{"id": 1, "events": ["b"]}\n', "twice"),
    "marks beyond the end": ("a.jsonl", b'{"id": 1, "events": ["a", "b"], "spans": [[0, 9]]}\n', "line 1"),
    "an archive that is none": ("a.zip", b"PK\x03\x04 nothing", "archive"),
    "empty": ("a.jsonl", b"", "empty"),
}


@pytest.mark.deep
@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_bad_data_are_refused_with_a_message_and_nothing_to_learn_from(app: App, case: str, language: str) -> None:
    name, data, word = BAD[case]
    app.page.segmented_control(key="language").set_value(language)
    app.run()
    drop(app, (name, data))
    t = Texts(language)
    (said,) = [error.value for error in app.page.error]
    assert said != t("input.other")
    assert language == "ja" or word in said
    assert t("data.nothing_read") in app.words
    assert not app.has_button("train")


def test_one_class_is_refused_before_anything_is_learned(app: App) -> None:
    drop(app, ("lots.jsonl", lots(12, 0)))
    assert "Too few labels of one kind" in app.words
    train(app, "label")
    (said,) = [error.value for error in app.page.error]
    assert "12" in said
    assert not app.has_button("training_keep")


@pytest.mark.deep
def test_a_viewer_sees_weights_and_trains_nothing(app: App) -> None:
    app.account("root", Role.ADMIN)
    app.account("vic", Role.VIEWER)
    app.account("rita", Role.REVIEWER)
    app.sign_in("vic").open("data")
    assert "No weights registered yet" in app.words
    assert not app.page.file_uploader
    app.sign_in("rita").open("data")
    app.page.segmented_control(key="data_section").set_value("learn")
    app.run()
    drop(app, ("lots.jsonl", lots()))
    train(app, "label").click("training_keep")
    assert app.store.weights()[0].name == "Learned from lots.jsonl"
    assert not app.has_button("use_weights")
    assert not app.has_download("take_weights")


def test_a_lead_retires_weights_and_takes_them_away(app: App) -> None:
    content = cache.program_model().to_bytes()
    app.access.weights.register(content, "line 4", {"task": "label"})
    app.page.segmented_control(key="data_section").set_value("weights")
    app.run()
    assert app.has_download("take_weights")
    app.page.text_input(key=f"retire_why_{app.store.weights()[0].sha256[:12]}").set_value("worse")
    app.run().click("retire_weights")
    assert app.store.weights()[0].retired
    assert not app.has_button("use_weights")


def test_weights_that_this_program_cannot_load_are_not_put_to_use(app: App) -> None:
    app.access.weights.register(b"no weights at all", "broken", {})
    app.page.segmented_control(key="data_section").set_value("weights")
    app.run().click("use_weights")
    assert app.store.weights_in_use() is None
    assert app.page.error


def test_the_made_up_data_can_be_learned(app: App) -> None:
    app.click("data_sample")
    assert {metric.label: metric.value for metric in app.page.metric}["Sequences"] == "80"
    assert sample() == sample()
