"""The drill `outcomes` against a fold of which one check is switched off: does it find that something is released?

    python -m tests.drills switched --sequences 2000 --json

Each condition by which the rules of rights, of reviews, of the chain and of what is remembered refuse an entry is a check.
Each sequence is made once with all of them, which shows which ones refused something, and once more without each of those. What
another check refuses then is tried without both: the two mask one another. A check that no sequence finds is missing a move, or
can never matter: the list names it.
"""

from __future__ import annotations

import ast
import random
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from inspect import isclass, isfunction
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from tests.drills.common import Json, Place, each, say
from tests.drills.outcomes import Drawn, carry_out, draw
from tests.drills.outcomes_records import records
from tests.support.paths import ROOT

FILES = ("audit/log/authority.py", "audit/log/standing.py", "audit/log/proving.py", "audit/storage/state.py")
_PAIRS = 5  # sequences on which two checks that mask one another are tried


class Check(NamedTuple):
    """A condition that refuses: its file, where it stands there, and what it says."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.text}"


class Checks(ast.NodeTransformer):
    """The checks of files, of which those in ``off`` refuse nothing; ``refused``: those that refused something."""

    def __init__(self) -> None:
        self.all: list[Check] = []
        self.off: frozenset[Check] = frozenset()
        self.refused: set[Check] = set()
        self._file = ""

    @contextmanager
    def watched(self, files: Sequence[str]) -> Iterator[None]:
        """Let the functions of these files ask here before they refuse anything."""
        before: list[tuple[FunctionType, CodeType]] = []
        try:
            for self._file in files:
                module = import_module(self._file.removesuffix(".py").replace("/", "."))
                tree = ast.fix_missing_locations(self.visit(ast.parse((ROOT / self._file).read_text(encoding="utf-8"))))
                vars(module)["_refuses"] = self._refuses
                exec(compile(tree, self._file, "exec"), made := dict(vars(module)))  # noqa: S102 - the file itself
                for function, other in _functions(module, made):
                    before.append((function, function.__code__))
                    function.__code__ = other.__code__
            yield
        finally:
            for function, code in before:
                function.__code__ = code

    def _refuses(self, number: int, refuses: object) -> bool:
        check = self.all[number]
        if not refuses or check in self.off:
            return False
        self.refused.add(check)
        return True

    def _asked(self, node: ast.stmt | ast.expr, test: ast.expr, text: str) -> ast.expr:
        self.all.append(Check(self._file, node.lineno, node.col_offset, text))
        return ast.Call(ast.Name("_refuses", ast.Load()), [ast.Constant(len(self.all) - 1), test], [])

    def visit_If(self, node: ast.If) -> ast.If:
        """Take in a condition after which something is refused."""
        if (text := _refusal(node.body[-1])) is not None:
            node.test = self._asked(node, node.test, text)
        self.generic_visit(node)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        """Take in a condition that chooses between a refusal and none."""
        none = [isinstance(one, ast.Constant) and one.value is None for one in (node.body, node.orelse)]
        if none[1] and (text := _said(node.body)) is not None:
            node.test = self._asked(node, node.test, text)
        elif none[0] and (text := _said(node.orelse)) is not None:
            node.test = ast.UnaryOp(ast.Not(), self._asked(node, ast.UnaryOp(ast.Not(), node.test), text))
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Take in a refusal of whatever a function has not allowed before its end."""
        self.generic_visit(node)
        last = node.body[-1]
        if (
            isinstance(last, ast.Return)
            and last.value is not None
            and (text := _refusal(last)) is not None
            and _returns_none(node)
        ):
            last.value = ast.IfExp(self._asked(last, ast.Constant(value=True), text), last.value, ast.Constant(value=None))
        return node


def _functions(module: ModuleType, made: dict[str, Any]) -> Iterator[tuple[FunctionType, FunctionType]]:
    """Yield each function and method of a module with the one that was made from other source."""
    for name, had in vars(module).items():
        if getattr(had, "__module__", "") != module.__name__ or name not in made:
            continue
        if isfunction(had):
            yield had, made[name]
        elif isclass(had):
            for one, method in vars(had).items():
                if isfunction(method) and isfunction(other := vars(made[name]).get(one)):
                    yield method, other


def _returns_none(node: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Return) and ast.unparse(one) == "return None" for one in ast.walk(node))


def _refusal(last: ast.stmt) -> str | None:
    """Return what a statement says if it refuses an entry."""
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield):
        return _said(last.value.value)
    if isinstance(last, ast.Raise):
        return _said(last.exc)
    return _said(last.value) if isinstance(last, ast.Return) else None


def _said(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Call):
        called = ast.unparse(value.func)
        if called == "Proven":
            return "the chain does not hold"
        return _said(value.args[0]) if called in ("_Ruling", "Tampered") and value.args else None
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.Name) and value.id in ("_LATE", "text"):
        return f"({value.id})"
    return ast.unparse(value) if isinstance(value, ast.JoinedStr) else None


def drill(arguments: Namespace) -> Json:
    """Switch checks off; `only`: those whose text or place has this in it."""
    return each(arguments, lambda place: _on(place, arguments), durable=False)


def _on(place: Place, arguments: Namespace) -> Json:
    r, checks, wrong = random.Random(arguments.seed), Checks(), list[str]()  # noqa: S311 - a drill
    with checks.watched(FILES):
        made = list(records(place))
        asked = {check for check in checks.all if arguments.only in str(check)}
        tried = _Tried(checks, lambda drawn: carry_out(place, made[drawn.record], drawn, quick=True).faults)
        for number in range(1, arguments.sequences + 1):
            drawn = draw(r, made, forged=True)
            wrong += tried.all_of(number, drawn, asked)
            if number % 100 == 0:
                say(f"{number}: {len(tried.found)} of {len(asked)} found, {len(tried.pairs)} in pairs")
        for one in made:
            place.drop(one.url)
    missed = asked - tried.found.keys() - tried.pairs.keys()
    return {
        "ok": not missed and not wrong,
        "checks": len(asked),
        "sequences_until_found": {str(check): found for check, found in tried.found.items()},
        "in_pairs": {str(check): [str(other), *found] for check, (other, *found) in tried.pairs.items()},
        "not_found": {
            str(check): {
                "refused": tried.refusing[check],
                "refused_instead": {str(one): n for one, n in tried.instead.get(check, Counter()).most_common()},
            }
            for check in sorted(missed)
        },
        "wrong_with_all": wrong,
    }


class _Tried:
    """What came of sequences without a check. ``found``, ``pairs``: the number of the first that failed, and how;
    ``refusing``: in how many a check refused something; ``instead``: the checks that refused something once it was off."""

    def __init__(self, checks: Checks, faults: Callable[[Drawn], list[str]]) -> None:
        self._checks, self._faults = checks, faults
        self.found: dict[Check, tuple[int, str]] = {}
        self.pairs: dict[Check, tuple[Check, int, str]] = {}
        self.refusing: Counter[Check] = Counter()
        self.instead: dict[Check, Counter[Check]] = {}

    def _without(self, drawn: Drawn, *off: Check) -> tuple[list[str], set[Check]]:
        self._checks.off, self._checks.refused = frozenset(off), set()
        try:
            return self._faults(drawn), self._checks.refused
        except Exception as error:  # what it guards against as well
            return [f"the program fails with {type(error).__name__}: {error}"], self._checks.refused

    def all_of(self, number: int, drawn: Drawn, asked: set[Check]) -> list[str]:
        """Make a sequence with all checks, and without each one that refuses something; return what is wrong with all."""
        wrong, refused = self._without(drawn)
        for check in sorted(refused & asked - self.found.keys()):
            self.refusing[check] += 1
            faults, others = self._without(drawn, check)
            if faults:
                self.found[check] = number, faults[0]
                say(f"{number}: {check}")
                continue
            instead = self.instead.setdefault(check, Counter())
            for other in sorted(others - refused):
                instead[other] += 1
                if check in self.pairs or instead[other] > _PAIRS:
                    continue
                if faults := self._without(drawn, check, other)[0]:
                    self.pairs[check] = other, number, faults[0]
                    say(f"{number}: {check}, with {other}")
        return [f"{drawn}: {fault}" for fault in wrong]
