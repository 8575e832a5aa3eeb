"""The Team page: to everybody what is theirs to see; progress, policy and accounts as their roles allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import Denied, ReviewKind, ReviewPolicy, Role, Verdict
from dashboard.texts import Texts
from dashboard.views import team as views
from dashboard.views.team import TeamSection
from tests.support.audit.team import change_account
from tests.support.dashboard import made_team
from tests.support.dashboard.app import PASSWORD, App

SHOWN = {
    "ada": [TeamSection.ACCOUNTS, TeamSection.PROGRAMS, TeamSection.KEYS, TeamSection.POLICY],
    "lena": [TeamSection.PROGRESS, TeamSection.MINE, TeamSection.POLICY],
    "aiko": [TeamSection.MINE, TeamSection.POLICY],
    "emil": [TeamSection.PROGRESS, TeamSection.POLICY],
    "vic": [],
}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def go(app: App, section: TeamSection) -> App:
    app.page.segmented_control(key="team_section").set_value(section)
    return app.run()


def field(app: App, start: str):  # type: ignore[no-untyped-def]
    """Return the number field whose key starts so: the rest of the key names the policy that it shows."""
    return next(found for found in app.page.number_input if found.key.startswith(start))


def tables(app: App) -> str:
    return "\n".join(found.value.to_string() for found in app.page.dataframe)


@pytest.mark.deep
@pytest.mark.parametrize("login", SHOWN)
def test_everybody_sees_what_is_theirs(app: App, login: str) -> None:
    made_team.people(app.store)
    app.run()
    app.sign_in(login).open("team")
    offered = _options(app)
    t = Texts("en")
    assert offered == [t.plain(f"team.{section.value}") for section in SHOWN[login]]
    if not offered:
        assert "This page is for reviewers" in app.words
    for section in SHOWN[login]:
        go(app, section)


def _options(app: App) -> list[str]:
    found = [control for control in app.page.segmented_control if control.key == "team_section"]
    return [option.content for option in found[0].proto.options] if found else []


def test_a_role_that_is_taken_away_closes_the_section(app: App) -> None:
    team = made_team.people(app.store)
    app.run()
    app.sign_in("ada").open("team")
    ada = team["ada"].person
    team["ada"].admin.create_account("root", "Root", (Role.ADMIN,), PASSWORD)
    change_account(team["ada"], ada.id, roles=(Role.REVIEWER,))
    app.run()
    assert app.page.title[0].value == "Sign in", "a change of an account ends its sessions"
    app.sign_in("ada").open("team")
    assert _options(app) == ["Your work", "Policy"]
    with pytest.raises(Denied):
        app.store.access(app.page.session_state["token"]).admin.accounts()


@pytest.mark.deep
@pytest.mark.parametrize("language", ["en", "ja"])
def test_progress_tells_who_did_what_and_how_far_they_agree(app: App, language: str) -> None:
    made_team.at_work(app.store)
    app.page.query_params["lang"] = language
    app.run()
    app.sign_in("lena").open("team")
    t = Texts(language)
    metrics = {metric.label: metric.value for metric in app.page.metric}
    keys = ("queue_state.open", "queue_state.disputed", "progress.overdue", "gate.held", "progress.claimed")
    count = {t(key): t("word.count", n=n) for key, n in zip(keys, (2, 2, 1, 4, 1), strict=True)}
    assert count.items() <= metrics.items()
    people, agreement = (found.value for found in app.page.dataframe)
    assert people[t.plain("word.name")].tolist() == ["Aiko Tanaka", "Ben <b>Ito</b>"]
    assert people[t.plain("word.reviews")].tolist() == [12, 12]
    assert people[t.plain("progress.flagged")].tolist() == [4, 2]
    assert agreement[t.plain("word.what")].tolist()[0] == t.plain("agreement.observed")
    assert agreement[t.plain("word.value")].tolist()[0] == "83%"
    assert agreement[t.plain("word.decisions")].tolist() == ["12"] * 2
    assert "Ben \\<b\\>Ito\\<\\/b\\>" in app.words


@pytest.mark.deep
def test_control_items_and_outcomes_have_intervals(app: App) -> None:
    team = made_team.people(app.store)
    for number in range(3):
        id = made_team.decision(app.store, reviews=1)
        made_team.review(team["ben"], id, Verdict.FLAG)
        team["lena"].queue.seed_control(id, Verdict.FLAG, "known since the repair")
        if not number:
            team["lena"].admin.set_policy(ReviewPolicy(control_share=0.5))
    made_team.decision(app.store, reviews=1)  # control items are only given among others
    verdicts = [Verdict.APPROVE, Verdict.FLAG, Verdict.FLAG]
    for _ in range(200):
        claim = team["aiko"].queue.claim()
        assert claim is not None
        if claim.kind is ReviewKind.REVIEW:
            team["aiko"].queue.release(claim)
        else:
            made_team.submit(team["aiko"], claim, verdicts.pop(0))
        if not verdicts:
            break
    assert not verdicts
    app.run()
    app.sign_in("emil").open("team")
    shown = tables(app)
    assert "67% (21% to 94%) of 3" in shown
    assert "100% (44% to 100%) of 3" in shown


def test_an_empty_team_has_words_for_it(app: App) -> None:
    app.run().open("team")
    for said in ("No reviews yet", "No decision has several reviews", "Nobody works on a decision"):
        assert said in app.words
    assert "No reviews yet" in go(app, TeamSection.MINE).words


def test_a_lead_frees_a_claim_and_an_auditor_only_sees_it(app: App) -> None:
    team = made_team.at_work(app.store, 1)
    (claim,) = team["lena"].queue.live_claims()
    key = f"free_{claim.decision_id}_{claim.actor}"
    app.run()
    app.sign_in("emil").open("team")
    assert claim.decision_id[:8] in app.words
    assert not app.has_button(key)
    app.sign_in("lena").click(key)
    assert "Done." in app.words
    assert "Nobody works on a decision" in app.words
    assert team["ben"].queue.claims() == []
    assert app.store.entries()[-1].type == "claim_freed"


def test_a_claim_that_is_gone_is_said_to_be_gone(app: App) -> None:
    team = made_team.at_work(app.store, 1)
    (claim,) = team["lena"].queue.live_claims()
    app.run()
    app.sign_in("lena").open("team")
    team["ben"].queue.release(claim)
    app.click(f"free_{claim.decision_id}_{claim.actor}")
    assert "gone already" in app.words


def test_ones_own_work_has_no_word_of_control_items(app: App) -> None:
    made_team.at_work(app.store)
    app.run()
    app.sign_in("aiko").open("team")
    metrics = {metric.label: metric.value for metric in app.page.metric}
    assert (metrics["Reviews"], metrics["Flagged"]) == ("12", "4")
    assert not app.page.dataframe


def test_a_policy_is_set_and_recorded(app: App) -> None:
    team = made_team.people(app.store)
    app.run()
    app.sign_in("lena").open("team")
    go(app, TeamSection.POLICY)
    assert "the policy was never changed" in app.words
    assert app.page.button(key="set_policy").disabled
    field(app, "rule_overlap").set_value(3.0)
    field(app, "rule_lease").set_value(7.0)
    field(app, "rule_sampling").set_value(25.0)
    field(app, "rule_control").set_value(5.0)
    app.page.toggle[0].set_value(True)
    app.run()
    assert "Not set yet" in app.words
    app.click("set_policy")
    wanted = ReviewPolicy(overlap=3, lease_seconds=420, blind=True, sampling_share=0.25, control_share=0.05)
    assert app.store.policy() == wanted
    entry = app.store.entries()[-1]
    assert (entry.type, entry.actor) == ("policy", team["lena"].person.id)
    assert f"Recorded (entry {entry.seq})" in app.words
    assert field(app, "rule_overlap").value == 3
    assert app.page.button(key="set_policy").disabled


def test_a_policy_can_be_discarded_and_a_newer_one_is_not_set_back(app: App) -> None:
    team = made_team.people(app.store)
    app.run()
    app.sign_in("lena").open("team")
    go(app, TeamSection.POLICY)
    field(app, "rule_due").set_value(48.0)
    app.run().click("discard_policy")
    assert field(app, "rule_due").value == 24
    field(app, "rule_due").set_value(48.0)
    app.run()
    team["lena"].admin.set_policy(ReviewPolicy(overlap=2))
    app.run()
    assert (field(app, "rule_overlap").value, field(app, "rule_due").value) == (2, 24)
    assert app.page.button(key="set_policy").disabled


def test_settings_that_no_field_shows_exactly_stay(app: App) -> None:
    team = made_team.people(app.store)
    odd = ReviewPolicy(lease_seconds=30, sampling_share=1 / 3, undo_seconds=45, due_hours=0)
    team["lena"].admin.set_policy(odd)
    app.run()
    app.sign_in("lena").open("team")
    go(app, TeamSection.POLICY)
    assert app.page.button(key="set_policy").disabled
    field(app, "rule_overlap").set_value(2.0)
    app.run().click("set_policy")
    assert app.store.policy() == ReviewPolicy(overlap=2, lease_seconds=30, sampling_share=1 / 3, undo_seconds=45, due_hours=0)


def test_a_policy_that_was_set_while_the_button_was_pressed_stays(app: App) -> None:
    team = made_team.people(app.store)
    app.run()
    app.sign_in("lena").open("team")
    go(app, TeamSection.POLICY)
    field(app, "rule_due").set_value(48.0)
    app.run()
    entry = team["lena"].admin.set_policy(ReviewPolicy(overlap=2))
    app.click("set_policy")
    assert "Somebody has set another policy" in app.words
    assert field(app, "rule_overlap").value == 2
    assert app.store.policy() == ReviewPolicy(overlap=2)
    assert app.store.newest_about(entry.subject) == entry


def test_who_works_by_the_policy_reads_it(app: App) -> None:
    made_team.people(app.store)
    app.run()
    app.sign_in("aiko").open("team")
    go(app, TeamSection.POLICY)
    assert not app.has_button("set_policy")
    assert "Independent reviews per decision" in tables(app)
    assert "Control items" not in tables(app)


def test_roles_in_words() -> None:
    assert views.roles_text((Role.LEAD, Role.VIEWER), Texts("en")) == "Viewer, Lead"
    assert views.roles_text((), Texts("ja")) == "役割なし"
