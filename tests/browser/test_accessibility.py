"""What people with a screen reader, with weak eyes or without a mouse meet: axe-core on every page, a walk by Tab alone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.browser.sample_record import sign_in
from tests.browser.walker import MAP, PAGES, WAIT

pytestmark = [pytest.mark.browser, pytest.mark.deep]

SECTIONS = {"explain": "explain_section", "data": "data_section", "monitor": "monitor_section", "team": "team_section"}
# "incomplete" is what axe cannot tell, such as text on a picture; a person has looked at those pages.
_RUN = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.flatMap(rule => rule.nodes.map(
    node => ({rule: rule.id, impact: rule.impact, at: node.target.join(' '), html: node.html.slice(0, 160),
              why: node.failureSummary.split('\\n').slice(1).join(' ')}))))"""
# Where the keyboard is: the nearest part of the page that has a key, whether it can be seen, and whether that is shown.
_FOCUS = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
    const keyed = at.closest('[class*="st-key-"]');
    const ring = style.boxShadow + style.outlineStyle + style.borderColor;
    return {key: keyed ? keyed.className.match(/st-key-(\\S+)/)[1] : '', main: !!at.closest('[data-testid="stMain"]'),
            button: at.tagName === 'BUTTON', inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight, ring: ring,
            what: at.outerHTML.slice(0, 120)};
}"""

# [text, its colour, its opacity] of every word in a figure, and the page's colour behind them.
_FIGURE_WORDS = """() => ({
    page: getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor,
    words: [...document.querySelectorAll('.js-plotly-plot .main-svg text')].filter(at => at.textContent.trim()).map(at => {
        const style = getComputedStyle(at);
        return [at.textContent, style.fill, style.opacity * style.fillOpacity];
    })})"""


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ja", "dark")])
def test_axe_finds_nothing_serious_on_any_page(sampled, visit, language, theme):
    server, decision = sampled
    walker = visit(server, color_scheme=theme)
    walker.open("analyse", lang=language)
    found = _findings(walker, "sign in")
    sign_in(walker, language)
    for name in PAGES:
        walker.open(name, lang=language, decision=decision)
        expect(walker.page.locator("html")).to_have_attribute("lang", language)
        _make_ready(walker, name)
        found += _findings(walker, name)
        choices = walker.key(SECTIONS[name]).get_by_role("radio") if name in SECTIONS else None
        for place in range(1, choices.count() if choices else 0):
            choices.nth(place).click()
            walker.settle()
            found += _findings(walker, f"{name}, part {place + 1}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_in_figures_have_contrast(sampled, visit, theme):
    """axe does not look into pictures: WCAG's formula, on what the browser draws."""
    server, decision = sampled
    walker = visit(server, color_scheme=theme)
    sign_in(walker)
    walker.open("selection", decision=decision)
    expect(walker.page.locator(MAP)).to_be_visible(timeout=WAIT)
    walker.settle()
    found = walker.page.evaluate(_FIGURE_WORDS)
    assert len(found["words"]) > 20
    weak = [word for word, colour, opacity in found["words"] if _contrast(colour, found["page"], opacity) < 4.5]
    assert not weak


def test_tab_reaches_decision_form_and_submit_in_reading_order_and_shows_where_it_is(sampled, visit):
    server, decision = sampled
    walker = visit(server)
    sign_in(walker)
    walker.open("review", decision=decision)
    _make_ready(walker, "review")
    # Anew, so that Tab begins at the top.
    walker.open("review", decision=decision)
    order = ["review_next", "log_", "choose_approve", "choose_flag", f"comment_{decision}"]
    order += ["review_password_0", "review_submit"]
    still = (
        walker.key("review_submit")
        .get_by_role("button")
        .evaluate(
            "at => { const style = getComputedStyle(at); return style.boxShadow + style.outlineStyle + style.borderColor; }"
        )
    )
    seen = []
    for _ in range(150):
        walker.page.keyboard.press("Tab")
        here = walker.page.evaluate(_FOCUS)
        assert here["inside"] or not here["main"], f"the focus cannot be seen at {here['what']}"
        seen.append(here["key"])
        if here["key"] == "review_submit":
            assert here["ring"] != still, "nothing shows that the button has the focus"
            break
    places = [next((place for place, key in enumerate(seen) if key.startswith(wanted)), None) for wanted in order]
    assert None not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places), dict(zip(order, places, strict=True))


def _make_ready(walker, name):
    """Bring up what a page shows only when asked: a line's pairs, an explanation, the form under a claim with its reasons."""
    if name in ("analyse", "review"):
        walker.choose_incident()
    if name == "explain":
        expect(walker.key("explain_json")).to_be_visible(timeout=2 * WAIT)
    if name == "data":
        walker.press("data_sample")
        expect(walker.key("train")).to_be_visible(timeout=WAIT)
    if name == "review":
        if walker.key("take_review").count():
            walker.press("take_review")
        expect(walker.key("review_actions")).to_be_visible()
        walker.settle()
        if not walker.key("review_reasons").count():
            walker.press("choose_flag")
            expect(walker.key("review_reasons")).to_be_visible()
    walker.settle()


def _findings(walker, page):
    """Page, rule and place of everything serious. Headings are only "moderate" to axe; their order is what one reads by.

    What one look finds and the next does not was fading away to be replaced.
    """
    walker.page.evaluate(AXE_SCRIPT)
    found = _serious(walker, page)
    if found:
        walker.settle()
        found = [one for one in _serious(walker, page) if one in found]
    return found


def _serious(walker, page):
    return [
        f"{page}: {one['rule']} ({one['impact']}) at {one['at']}: {one['why']} {one['html']}"
        for one in walker.page.evaluate(_RUN)
        if one["impact"] in ("serious", "critical") or one["rule"] == "heading-order"
    ]


def _contrast(front, back, opacity):
    """Of two colours as CSS writes them."""
    behind = _channels(back)
    seen = [opacity * f + (1 - opacity) * b for f, b in zip(_channels(front), behind, strict=True)]
    darker, lighter = sorted(map(_light, (seen, behind)))
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour):
    return [float(value) / 255 for value in re.findall(r"[\d.]+", colour)[:3]]


def _light(channels):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
