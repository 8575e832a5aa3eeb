"""The report of a decision: whole in both languages, offline, exact, and only for those who may see it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest

from audit import (
    Access,
    AuditStore,
    Denied,
    Judgement,
    PairReview,
    PairVerdict,
    Reason,
    ReviewPolicy,
    StoreUnavailable,
    Verdict,
    utc_now,
)
from audit.records.canonical import parse
from dashboard.log import offline
from dashboard.log.offline import changes_of
from dashboard.report.curve import curve_section, depth_name
from dashboard.report.explanation_sections import MOST
from dashboard.report.exports import export_report
from dashboard.report.markup import number, signed
from dashboard.report.report import ReportRefused, decision_report, report_name
from dashboard.service.decide.explanation import beaten
from dashboard.service.decide.pipeline import analyse, load
from dashboard.service.log import blocks
from dashboard.texts import PlainTexts
from dashboard.views.explanation import method_name
from sparsemix import Rerun, SparseMixModel
from sparsemix.explain.faithfulness import Faithfulness
from sparsemix.explain.randomisation import LONGEST, Randomisation, randomisation_curve
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.made_team import people
from tests.support.dashboard.reports import Made, Page, make

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"' & </td></table></style>"
HOSTILE_LOG = b"".join(LOG.splitlines(keepends=True)[:20]) + f"2026-03-02T10:00:20+09:00 ERROR {HOSTILE}\n".encode() * 3
WHEN = "2026-03-05T08:00:00.000Z"
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@pytest.fixture
def made(access: Access, model: SparseMixModel) -> Made:
    return make(access, model, LOG)


def report(access: Access, made: Made, **options: object) -> bytes:
    return decision_report(access, made.loaded, made.explanation, made.rerun, made_at=WHEN, **options)  # type: ignore[arg-type]


def review(access: Access, id: str, verdict: Verdict = Verdict.APPROVE, **more: object) -> None:
    claim, entry_hash = access.queue.claim_decision(id), access.case(id).entry_hash
    access.queue.submit(claim, Judgement(verdict, utc_now(), "0" * 64, entry_hash, **more))  # type: ignore[arg-type]


def hold_all(access: Access, **settings: object) -> None:
    access.admin.set_policy(ReviewPolicy(sampling_share=1.0, **settings))  # type: ignore[arg-type]


def test_the_file_is_well_formed_and_says_the_same_in_both_languages(access: Access, made: Made) -> None:
    found = Page(report(access, made, curve=randomisation_curve(made.rerun.model, made.loaded.sequence, 20)))
    assert not found.open
    assert not found.crossed
    english, japanese = found.headings["en"], found.headings["ja"]
    assert len(english) == len(japanese) == 11
    assert all(JAPANESE.search(heading) for heading in japanese)
    # The log is in ASCII: whatever is Japanese in the English part would be a text of the wrong language.
    assert not JAPANESE.search(found.text["en"])
    count = {"en": Counter(), "ja": Counter()}
    article = ""
    for name, attributes in found.elements:
        article = str(attributes["lang"]) if name == "article" else article
        if article and name != "script":
            count[article][name] += 1
    assert count["en"] == count["ja"]
    for text in found.text.values():
        assert "{" not in text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_opens_in_the_language_asked_for_and_switches_without_a_script(access: Access, made: Made, language: str) -> None:
    found = Page(report(access, made, language=language))
    chosen = {attributes["id"]: "checked" in attributes for attributes in found.all("input")}
    assert chosen == {"in-en": language == "en", "in-ja": language == "ja"}
    assert {attributes["for"] for attributes in found.all("label")} == {"in-en", "in-ja"}
    assert found.all("html")[0]["lang"] == language
    for code in ("en", "ja"):
        assert f"#in-{code}:not(:checked) ~ article.in-{code} {{ display: none; }}" in found.style


def test_nothing_is_loaded_from_anywhere(access: Access, made: Made) -> None:
    found = Page(report(access, made))
    used = {name for name, _ in found.elements}
    assert not used & {"link", "img", "iframe", "object", "embed", "audio", "video", "base", "form", "image", "use"}
    for _, attributes in found.elements:
        assert not attributes.keys() & {"src", "href", "srcset", "action", "xlink:href", "background"}
        assert not [name for name in attributes if name.startswith("on")]
        assert "url(" not in str(attributes.get("style"))
    assert "url(" not in found.style
    assert "@import" not in found.style


def test_the_policy_forbids_loads_and_all_scripts_but_the_logs_and_comes_before_all_else(access: Access, made: Made) -> None:
    html = report(access, made)
    found = Page(html)
    (policy,) = [a["content"] for a in found.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": f"'sha256-{b64encode(sha256(found.scripts[1].encode()).digest()).decode()}'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert html.index(b"Content-Security-Policy") < html.index(b"<title>") < html.index(b"<style>")


def test_the_log_is_carried_whole_with_the_pairs_of_its_incidents(access: Access, made: Made) -> None:
    data, _ = Page(report(access, made, changes=changes_of(made.loaded, made.rerun, 20))).scripts
    log = json.loads(data)
    assert log["offline"]["whole"]
    assert [line for block in log["offline"]["blocks"].values() for line in block["text"]] == LOG.decode().splitlines()
    for language in ("en", "ja"):
        given = log["given"][language]
        assert (given["language"], given["mayMark"], given["marks"]) == (language, False, {})
        assert {str(one["event"]) for one in given["incidents"]} <= log["offline"]["lines"].keys()
    read = {str(pair["event"]) for pair in log["offline"]["lines"]["20"]["reads"]}
    assert log["offline"]["why"]["20"]["effects"].keys() <= read


def test_of_a_long_log_the_file_carries_what_lies_around_its_incidents(
    access: Access, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One block at most, that of the explained line.
    monkeypatch.setattr(offline, "BLOCK", 16)
    monkeypatch.setattr(blocks, "BLOCK", 16)
    monkeypatch.setattr(offline, "MOST_TEXT", 16)
    log = json.loads(Page(report(access, made)).scripts[0])["offline"]
    assert not log["whole"]
    assert list(log["blocks"]) == ["1"]


def test_whatever_comes_from_outside_shows_as_typed(store: AuditStore, access: Access, model: SparseMixModel) -> None:
    hold_all(access)
    name = "<script>x.log"
    made = make(access, model, HOSTILE_LOG, name)
    id = made.loaded.summary.decision.id
    review(
        access,
        id,
        Verdict.FLAG,
        reason=Reason.OTHER,
        comment=f"{HOSTILE}\nsecond\x07 line",
        corrected_label="<u>odd",
        pairs=(PairReview(None, None, 20, 3, PairVerdict.MISSING, comment="<i>why"),),
    )
    found = Page(decision_report(store.single_user("<b>Ann</b>"), made.loaded, made.explanation, made.rerun))
    assert not found.open
    assert not found.crossed
    assert not {name for name, _ in found.elements} & {"img", "u", "i"}
    assert len(found.scripts) == 2
    assert HOSTILE in json.loads(found.scripts[0])["offline"]["blocks"]["0"]["text"][20]
    for text in (found.text["en"], found.text["ja"]):
        for typed in (HOSTILE, name, f"{HOSTILE}\nsecond␇ line", "<u>odd", "<i>why", "<b>Ann</b>"):
            assert typed in text
        assert "sha256sum -- '<script>x.log'" in text


def test_hashes_and_commands_are_those_of_the_record(store: AuditStore, access: Access, made: Made) -> None:
    store.record_event("test", "note", "x", {})
    decision, head = made.loaded.summary.decision, store.head()
    own = store.entries()[made.loaded.summary.seq - 1]
    line = made.loaded.sequence.events[20].line
    blobs = [made.loaded.trace.layer_blob(layer) for layer in range(len(made.loaded.trace.heads))]
    wanted = [
        sha256(LOG).hexdigest(),
        made.loaded.sequence.sha256,
        made.rerun.model.weights_sha256,
        decision.config_sha256,
        *(sha256(blob).hexdigest() for blob in blobs),
        own.hash,
        head.root,
        head.last_hash,
        "python -m audit verify",
        f"python -m audit log --json | sed -n '{own.seq}p;{head.size}p'",
        f"python -m audit show {decision.id} --json",
        f"python -m audit gate {decision.id}",
        f"python -m audit replay {decision.id}",
        f"python -m sparsemix explain --line {line} --json -- line4.log",
    ]
    assert (own.type, own.subject) == ("decision", decision.id)
    found = Page(report(access, made))
    for language in ("en", "ja"):
        for words in wanted:
            assert words in found.text[language]


def test_only_the_time_makes_two_reports_differ(access: Access, made: Made) -> None:
    first, again = report(access, made), report(access, made)
    later = decision_report(access, made.loaded, made.explanation, made.rerun, made_at="2031-01-01T00:00:00.000Z")
    assert first == again
    assert first != later
    assert first.replace(b"2026-03-05 08:00:00", b"2031-01-01 00:00:00") == later


def test_pairs_and_scores_are_those_of_the_explanation(access: Access, made: Made) -> None:
    found = Page(report(access, made))
    shown = found.text["en"]
    for pair in made.explanation.effects[:MOST]:
        assert signed(pair.effect.effect) in shown
        assert signed(pair.effect.direct) in shown
    t = PlainTexts("en")
    for name, score in made.explanation.scores.items():
        assert f"{method_name(name, t)}" in shown
        assert number(score.comprehensiveness_logit) in shown
    assert signed(made.explanation.whys[0].logit) in shown


def test_a_method_beats_the_controls_score_by_score() -> None:
    control = Faithfulness(0.0, 0.0, 1.0, 1.0, 0.5, 0.5)
    assert beaten(Faithfulness(0.0, 0.0, 2.0, 0.5, 0.4, 0.6), [control]) == 4
    assert beaten(Faithfulness(0.0, 0.0, 2.0, 1.5, 0.5, 0.6), [control]) == 2
    assert beaten(control, [control]) == 0


def test_a_blind_decision_is_refused_until_its_reviewer_has_spoken(access: Access, model: SparseMixModel) -> None:
    hold_all(access, blind=True)
    made = make(access, model, LOG)
    id = made.loaded.summary.decision.id
    assert made.loaded.summary.blind
    # What the page still holds does not count.
    seen = replace(made, loaded=replace(made.loaded, summary=replace(made.loaded.summary, blind=False)))
    for one in (made, seen):
        with pytest.raises(ReportRefused) as refused:
            report(access, one)
        assert refused.value.code == "blind"
        with pytest.raises(ReportRefused):
            export_report(access, one.loaded, one.explanation, one.rerun, None, "en")
    assert "export" not in [entry.type for entry in access.entries()]
    review(access, id)
    assert Page(report(access, made)).headings["en"]
    t = PlainTexts("ja")
    assert t.has("report.refused_blind")
    assert t.has("report.refused_other_run")


def test_an_explanation_of_another_run_is_refused(access: Access, model: SparseMixModel, made: Made) -> None:
    other = SparseMixModel.from_bytes(model.to_bytes())
    other.network.head.bias.data += 1.0
    changed = SparseMixModel(other.network, other.vocabulary, other.neutral, other.calibration)
    longer = load(access, analyse(LOG + LOG, "x.log", model=model, access=access))
    run = changed.run_with_trace(made.loaded.sequence)
    for rerun in (
        Rerun(changed, made.loaded.sequence, run.trace),
        Rerun(model, longer.sequence, longer.trace),
    ):
        with pytest.raises(ReportRefused) as refused:
            report(access, replace(made, rerun=rerun))
        assert refused.value.code == "other_run"
    with pytest.raises(ReportRefused):
        report(access, made, curve=Randomisation(3, ("trained",), {"rollout": (1.0,)}))


def test_a_report_holds_the_reviews_that_its_maker_may_see(store: AuditStore, model: SparseMixModel) -> None:
    team = people(store)
    team["lena"].admin.set_policy(ReviewPolicy(overlap=2, sampling_share=1.0))
    made = make(team["lena"], model, LOG)
    id = made.loaded.summary.decision.id
    review(team["ben"], id, Verdict.FLAG, reason=Reason.WRONG_CAUSE, comment="drift began before", pairs=())
    unspoken = Page(report(team["aiko"], made)).text
    assert "drift began before" not in unspoken["en"]
    assert "1 more are hidden until" in unspoken["en"]
    auditor = Page(report(team["emil"], made)).text["en"]
    for words in ("drift began before", "Ben <b>Ito</b>", "Wrong cause", "Flag", "Reviewer"):
        assert words in auditor
    review(team["aiko"], id, Verdict.APPROVE)
    assert "drift began before" in Page(report(team["aiko"], made)).text["ja"]


def test_taking_it_away_is_an_entry_with_what_it_covers(store: AuditStore, access: Access, made: Made) -> None:
    head, id = store.head(), made.loaded.summary.decision.id
    html = export_report(access, made.loaded, made.explanation, made.rerun, None, "ja")
    entry = store.entries()[-1]
    assert (entry.seq, entry.type, entry.subject) == (head.size + 1, "export", f"report {id}")
    covered = {"entries": head.size, "root": head.root, "last_hash": head.last_hash}
    assert parse(store.sealed(entry.seq).payload) == covered
    assert head.root in Page(html).text["ja"]
    assert store.verify().ok


@pytest.mark.deep
def test_only_those_who_may_export_take_it_away(store: AuditStore, model: SparseMixModel) -> None:
    team = people(store)
    made = make(team["lena"], model, LOG)
    with pytest.raises(Denied):
        export_report(team["vic"], made.loaded, made.explanation, made.rerun, None, "en")
    assert [entry.type for entry in store.entries()][-1] == "denied"
    assert export_report(team["emil"], made.loaded, made.explanation, made.rerun, None, "en")


def test_no_file_without_its_entry(access: Access, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(access.admin, "note_export", full)
    with pytest.raises(StoreUnavailable):
        export_report(access, made.loaded, made.explanation, made.rerun, None, "en")


def test_the_curve_is_told_or_its_absence_explained(access: Access, made: Made) -> None:
    t = PlainTexts("en")
    assert "at most 4,096 lines, this log has 5,000" in curve_section(None, 1, 5_000, t)
    assert "Not computed for this report" in curve_section(None, 1, LONGEST, t)
    values = {"pair_effect": (1.0, 0.25, -1.0), "rollout": (1.0, 1.0, 0.0)}
    drawn = curve_section(Randomisation(20, ("trained", "layer 2", "embedding"), values), 20, 24, t)
    assert all(words in drawn for words in ("+0.25", "−1.00", "Attention rollout", "+ layer 2"))
    assert "randomis" not in Page(report(access, made)).text["en"]
    for code in ("en", "ja"):
        assert all(depth_name(depth, PlainTexts(code)) for depth in ("trained", "head", "layer 7", "embedding"))


def test_the_files_name_holds_nothing_from_outside(access: Access, model: SparseMixModel) -> None:
    made = make(access, model, HOSTILE_LOG, "<a>.log")
    assert re.fullmatch(r"sparsemix-report-[0-9a-f]{8}-line-21\.html", report_name(made.loaded, made.explanation))
