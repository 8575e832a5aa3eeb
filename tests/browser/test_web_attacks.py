"""Pages of other sites, and hostile content, get nowhere in a real browser."""

import pytest

from tests.browser import web_attacks
from tests.browser.sample_record import sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", web_attacks.ALONE)
def test_no_attack_works(browser, server, name):
    assert not web_attacks.ALONE[name](browser, server.url)


@pytest.mark.deep
def test_a_file_is_for_its_own_browser_while_its_person_is_signed_in(browser, sampled):
    server, decision = sampled
    assert not web_attacks.media(browser, server.url, sign_in, decision)
