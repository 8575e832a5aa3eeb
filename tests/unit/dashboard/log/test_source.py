"""The log page's modules are joined into one that a browser takes, and it knows every word that it asks for."""

from __future__ import annotations

import re
import string

import pytest

from dashboard.log.source import FOLDER, SourceError, joined, module, style
from dashboard.texts import LANGUAGES, Texts

HOST = 'import { one } from "./one.js";\n\nexport default function () {\n  return one;\n}\n'
MODULES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js")}


def test_modules_stand_after_what_they_import_without_imports_and_exports() -> None:
    two = "export const two = 2;\n"
    one = 'import { two } from "./two.js";\n\nexport const one = two - 1;\n'
    code = joined({"host.js": HOST, "one.js": one, "two.js": two})
    assert code.index("const two") < code.index("const one") < code.index("export default function")
    assert "import" not in code
    assert code.count("export") == 1


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({"one.js": "export const one = 1;\nfunction two() {}\n", "two.js": "function two() {}\n"}, "both define two"),
        ({"one.js": "const one = 1;\n"}, "does not export: one"),
        ({}, "there is no module one.js"),
        ({"one.js": 'import { host } from "./host.js";\nexport const one = 1;\n'}, "in a circle"),
        ({"one.js": 'import * as all from "./two.js";\nexport const one = 1;\n', "two.js": ""}, "cannot be joined: import"),
        ({"one.js": "export const one = 1;\nexport { one as two };\n"}, "cannot be joined: export"),
    ],
)
def test_what_would_not_work_as_one_module_is_refused(sources: dict[str, str], said: str) -> None:
    with pytest.raises(SourceError, match=re.escape(said)):
        joined({"host.js": HOST, **sources})


def test_the_pages_module_has_one_export_and_fetches_no_other() -> None:
    assert module().count("\nexport ") == 1
    assert not re.search(r"^import\b", module(), re.MULTILINE)
    assert "http" not in re.sub(r'"http://www\.w3\.org/2000/svg"|httpTransport', "", module())
    assert "url(" not in style()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_is_small_and_makes_no_markup_of_texts(name: str) -> None:
    assert MODULES[name].count("\n") <= 250
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", MODULES[name])


def test_the_whole_stays_small() -> None:
    lines = [line.strip() for source in MODULES.values() for line in source.splitlines()]
    assert sum(bool(line) and not line.startswith("//") for line in lines) < 3000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_the_script_asks_for_is_given_and_no_other(language: str) -> None:
    given = Texts(language).of("log")
    asked = {key for source in MODULES.values() for key in re.findall(r'\bsay\("(\w+)"', source)}
    named = {key for source in MODULES.values() for key in re.findall(r'"(\w+)"', source)}
    assert asked <= given.keys() <= named


def test_values_keep_their_places() -> None:
    fields = {name for text in Texts("en").of("log").values() for _, name, _, _ in string.Formatter().parse(text) if name}
    assert {"line", "n", "place"} <= fields
