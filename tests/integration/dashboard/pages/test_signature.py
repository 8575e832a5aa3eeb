"""Signing on the pages: one component at each signature, what stands against one, and what is signed by whom afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import (
    Access,
    Judgement,
    QueueState,
    ReviewKind,
    ReviewPolicy,
    ReviewSignature,
    Role,
    SignInFailed,
    StageName,
    StepKind,
    Verdict,
    utc_now,
)
from audit.log.entries import SIGNATURE
from audit.log.roles import SIGNED
from audit.log.signatures import meaning_of
from audit.people.sessions import MAX_FAILURES, token_hash
from dashboard.features.monitor.views.sections import MonitorSection
from dashboard.service.decide.pipeline import analyse
from dashboard.shared import cache
from dashboard.texts import ENGLISH, JAPANESE, PlainTexts
from dashboard.views.signatures import signature_line
from dashboard.views.team import TeamSection
from sparsemix import SparseMixModel
from tests.integration.dashboard.pages.test_page_team import go
from tests.support.audit.forging import rewritten
from tests.support.dashboard.app import PASSWORD, App
from tests.support.dashboard.fixtures import LOG

OWN = "nine quiet presses"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    """Return the app on a record whose first administrator signs, and is also a lead and a reviewer."""
    made = App(monkeypatch, tmp_path, weights)
    made.account("lena", Role.LEAD, Role.REVIEWER, name="Lena Ito")
    made.run()
    return made.sign_in("lena")


def access(app: App, login: str = "lena", password: str = PASSWORD) -> Access:
    return app.store.access(app.store.accounts.sign_in(login, password).token)


def signatures(app: App) -> int:
    return sum(entry.type == SIGNATURE for entry in app.store.entries())


def set_policy(app: App) -> App:
    """Fill in the policy form: two reviews a decision."""
    go(app.open("team"), TeamSection.POLICY)
    next(field for field in app.page.number_input if (field.key or "").startswith("rule_overlap")).set_value(2.0)
    return app.run()


def overlap(app: App) -> float:
    return float(next(f for f in app.page.number_input if (f.key or "").startswith("rule_overlap")).value or 0)


def test_what_it_means_is_said_and_nothing_typed_is_lost_without_a_password(app: App) -> None:
    set_policy(app)
    assert "Your signature means: “I am responsible for this review policy\\.”" in app.words
    before = signatures(app)
    for password, said in (("", "Type your password"), ("a wrong one", "The password is wrong, or the account is locked")):
        app.sign("set_policy", password)
        assert "Not signed" in app.words and said in app.words
        assert overlap(app) == 2.0 and app.store.policy().overlap == 1
    assert signatures(app) == before
    app.sign("set_policy")
    assert app.store.policy().overlap == 2
    assert signatures(app) == before + 1
    assert app.store.verify().ok


def test_the_password_is_gone_from_the_session_after_each_press(app: App) -> None:
    set_policy(app)
    for password in ("a wrong one", PASSWORD):
        app.sign("set_policy", password)
        assert password not in repr(app.page.session_state)
        assert not [field.value for field in app.page.text_input if "_password_" in (field.key or "") and field.value]


def test_an_empty_password_is_no_failure_and_wrong_ones_lock_the_account(app: App) -> None:
    set_policy(app)
    for _ in range(MAX_FAILURES + 1):
        app.sign("set_policy", "")
    app.sign("set_policy")
    assert app.store.policy().overlap == 2
    next(field for field in app.page.number_input if (field.key or "").startswith("rule_overlap")).set_value(1.0)
    app.run()
    for _ in range(MAX_FAILURES):
        app.sign("set_policy", "a wrong one")
    app.sign("set_policy")
    assert "the account is locked for some minutes" in app.words
    assert app.store.policy().overlap == 2


def test_where_nobody_signs_no_password_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> None:
    app = App(monkeypatch, tmp_path, weights)
    app.run()
    set_policy(app).click("set_policy")
    assert app.store.policy().overlap == 2
    assert "Your signature means" not in app.words


def test_in_japanese_it_says_the_same_and_the_english_words_are_signed(app: App) -> None:
    app.page.segmented_control(key="language").set_value("ja")
    set_policy(app)
    assert "署名の意味：「このレビュー方針に責任を負います。」" in app.words
    app.sign("set_policy", "違います")
    assert "署名されていません" in app.words
    app.sign("set_policy")
    assert "I am responsible for this review policy." in app.store.sealed(app.store.log_size()).payload


def test_who_did_not_choose_the_password_is_told_to_change_it_first(app: App) -> None:
    access(app).signing(PASSWORD).admin.create_account("leo", "Leo", (Role.LEAD,), PASSWORD)
    app.sign_in("leo")
    assert "An administrator chose your password" in app.words
    set_policy(app).sign("set_policy")
    assert "Somebody else chose your password" in app.words
    for key, value in (("old_password", PASSWORD), ("account_password", OWN), ("account_repeat", OWN)):
        app.page.text_input(key=key).set_value(value)
    app.click("change_password_now")
    assert "An administrator chose your password" not in app.words
    set_policy(app).sign("set_policy", OWN)
    assert app.store.policy().overlap == 2
    assert app.store.verify().ok


def decide(app: App, model: SparseMixModel, **policy: object) -> str:
    """Record a decision that waits for a review."""
    lena = access(app)
    lena.signing(PASSWORD).admin.set_policy(ReviewPolicy(sampling_share=1.0, **policy))  # type: ignore[arg-type]
    return analyse(LOG, "line.log", model=model, access=lena)


def test_a_review_is_signed_beside_its_button_and_says_so(app: App, model: SparseMixModel) -> None:
    id = decide(app, model)
    app.open("review").click("review_next")
    assert "Your signature means" not in app.words
    app.sign("review_submit")
    assert "Choose Approve or Flag first" in app.words
    app.click("choose_approve").page.text_input(key=f"comment_{id}").set_value("the valve")
    assert "and I approve this decision" in app.run().words
    app.sign("review_submit", "a wrong one")
    assert "The password is wrong" in app.words
    assert app.page.text_input(key=f"comment_{id}").value == "the valve"
    assert "a wrong one" not in repr(access(app).queue.draft(id))
    app.sign("review_submit")
    (review,) = app.store.reviews(id)
    assert review.comment == "the valve"
    app.page.query_params["decision"] = id
    app.run()
    assert "Signed by Lena Ito with key" in app.words and "I approve this decision" in app.words
    app.click("review_amend").click("choose_approve").click("choose_flag").click("reason_is_wrong_cause")
    assert "and I flag this decision" in app.words
    app.sign("review_submit")
    app.sign("review_undo")
    assert [review.verdict for review in app.store.reviews(id)] == [Verdict.APPROVE, Verdict.FLAG, Verdict.WITHDRAW]
    assert app.store.verify().ok
    assert len(access(app).signatures(id)) == 3


def test_an_undo_of_a_rewritten_entry_is_refused_until_it_is_put_back(app: App, model: SparseMixModel) -> None:
    id = decide(app, model)
    app.open("review").click("review_next").click("choose_approve").sign("review_submit")
    with rewritten(str(app.db), id):
        app.sign("review_undo")
        assert "The stored data differ from what was recorded" in app.words
    assert [review.verdict for review in app.store.reviews(id)] == [Verdict.APPROVE]
    app.run().sign("review_undo")
    assert app.store.verify().ok
    assert len(access(app).signatures(id)) == 2


def test_a_blind_reviewer_learns_nothing_from_what_the_signature_means(app: App, model: SparseMixModel) -> None:
    id = decide(app, model, blind=True)
    app.open("review").click("review_next")
    app.page.segmented_control(key=f"seen_{id}").set_value("fault")
    app.run()
    assert "Where the model says what I say, I approve" in app.words
    app.sign("review_submit")
    assert len(access(app).signatures(id)) == 1


def test_a_control_item_retention_and_erasure_are_signed(app: App, model: SparseMixModel) -> None:
    id = analyse(LOG, "line.log", model=model, access=access(app))
    if app.store.summary(id).state is not QueueState.SETTLED:
        lena = access(app)
        claim = lena.queue.claim_decision(id)
        lena.signing(PASSWORD).queue.submit(claim, Judgement(Verdict.APPROVE, utc_now(), "0" * 64, lena.case(id).entry_hash))
    app.page.query_params["decision"] = id
    app.open("review")
    app.page.segmented_control(key=f"control_expected_{id}").set_value(Verdict.APPROVE)
    app.page.text_input(key=f"control_why_{id}").set_value("known")
    app.run().sign("control_send")
    app.page.query_params["decision"] = id
    app.panel("record")
    app.page.text_input(key=f"keeping_why_{id}").set_value("an audit")
    app.run().sign("set_retention")
    for key in ("keeping_early", "keeping_sure"):
        app.page.checkbox(key=f"{key}_{id}").check()
    app.run().sign("erase")
    kinds = [entry.type for entry in app.store.entries()]
    for kind in ("control", "retention", "erasure"):
        assert kinds[kinds.index(kind) + 1] == SIGNATURE
    assert app.store.verify().ok


def test_accounts_and_tokens_are_signed(app: App) -> None:
    go(app.open("team"), TeamSection.ACCOUNTS)
    app.page.text_input(key="new_name_0").set_value("Chie Mori")
    app.page.text_input(key="new_login_0").set_value("chie")
    app.sign("create_account", "a wrong one")
    assert "The password is wrong" in app.words
    assert app.page.text_input(key="new_name_0").value == "Chie Mori"
    app.sign("create_account")
    id = app.page.session_state["account_id"]
    app.sign("toggle_account")
    app.page.text_input(key=f"why_{id}").set_value("left")
    app.sign("erase_account")
    assert "Done." in app.words
    go(app, TeamSection.PROGRAMS)
    app.page.text_input(key="token_name_0").set_value("mes")
    app.sign("issue_token")
    token = str(app.page.code[0].value)
    app.click("token_noted")
    app.page.session_state["program_token"] = token_hash(token)
    app.run().sign("revoke_token")
    with pytest.raises(SignInFailed):
        app.store.service(token).head()
    assert app.store.verify().ok


def test_weights_are_put_to_use_and_retired_with_a_signature(app: App) -> None:
    access(app).weights.register(cache.program_model().to_bytes(), "line 4", {"task": "label"})
    sha256 = app.store.weights()[0].sha256
    app.open("data").page.segmented_control(key="data_section").set_value("weights")
    app.run().sign("use_weights", "a wrong one")
    assert "The password is wrong" in app.words and app.store.weights_in_use() is None
    used = app.sign("use_weights").store.weights_in_use()
    assert used is not None and used.sha256 == sha256
    used = app.sign("use_program").store.weights_in_use()
    assert used is not None and used.sha256 is None
    app.page.text_input(key=f"retire_why_{sha256[:12]}").set_value("worse")
    app.run().sign("retire_weights")
    assert app.store.weights()[0].retired
    assert app.store.verify().ok


def test_the_plan_and_the_steps_of_a_roll_out_are_signed(app: App) -> None:
    app.open("monitor").page.segmented_control(key="monitor_section").set_value(MonitorSection.ROLLOUT)
    app.run()
    next(field for field in app.page.text_input if (field.key or "").startswith("plan_why")).set_value("line 1 first")
    app.sign("set_plan", "a wrong one")
    assert "The password is wrong" in app.words
    app.sign("set_plan")
    next(found for found in app.page.radio if str(found.key).startswith("rollout_do")).set_value(
        (StepKind.STAY, StageName.PROTOTYPE)
    )
    next(field for field in app.page.text_area if (field.key or "").startswith("rollout_why")).set_value("too early")
    app.run().sign("rollout_record")
    assert [step.kind for step in access(app).operation.steps()] == [StepKind.START, StepKind.STAY]
    assert app.store.verify().ok


def test_every_signed_kind_has_its_meaning_in_both_languages() -> None:
    reviews = {
        meaning_of("review", {"kind": kind.value, "verdict": verdict.value}): f"meaning.{part}_{verdict.value}"
        for kind, part in ((ReviewKind.REVIEW, "review"), (ReviewKind.ADJUDICATION, "ruling"))
        for verdict in Verdict
    }
    others = {meaning_of(kind, {}): f"meaning.{kind}" for kind in SIGNED - {"review", "person"}}
    assert meaning_of("person", {}) == meaning_of("account", {})
    assert all(ENGLISH[key] == text for text, key in (reviews | others).items())
    for text, key in (reviews | others).items():
        line = signature_line(ReviewSignature("a", "ab12", text, "cd34"), {"a": "Aiko"}, PlainTexts("ja"))
        assert "Aiko" in line and "ab12" in line and JAPANESE[key] in line
    assert "a word of later" in signature_line(ReviewSignature("a", "ab12", "a word of later", "cd34"), {}, PlainTexts("ja"))
