"""No kind of second factor is named in flows or pages, but in its own words under web/kinds."""

import ast
import re
from collections.abc import Iterator

import django
import pytest
from django.template.loader import render_to_string

from tests.house import tree
from twofold.factors.registry import FACTORS
from twofold.web.kinds.registry import KINDS, named

# Names of kinds are read as pages show them, and nothing else in this room needs Django.
django.setup()

_CHANNELS = {"email", "sms"}
"""Kinds that are called like a channel of messages, or like a field: these are named only as a kind."""
_OWN = "src/twofold/web/kinds/"
_ABOUT_KINDS = re.compile(r"kind|factor", re.IGNORECASE)


def test_every_factor_has_its_words_in_the_same_order() -> None:
    assert list(KINDS) == list(FACTORS), "a new factor has a file in web/kinds and a line in its registry"


@pytest.mark.parametrize("label", ["", "•••• 4567"])
@pytest.mark.parametrize("thing", ["", "token"])
@pytest.mark.parametrize("kind", KINDS)
def test_mails_call_every_method_as_pages_do(kind: str, thing: str, label: str) -> None:
    method = {"kind": kind, "thing": thing, "label": label}
    assert render_to_string(f"kinds/{kind}_name.txt", {"method": method}) == named(kind, thing, label)
    assert render_to_string(f"kinds/{kind}_name.txt") == str(KINDS[kind].name)


def test_no_kind_is_named_in_pages_and_flows() -> None:
    named = {
        f"{tree.name_of(path)}:{line}"
        for path in tree.files("src/twofold/web", "src/twofold/flows")
        if path.suffix == ".py" and not tree.name_of(path).startswith(_OWN)
        for line in _lines_that_name(ast.parse(path.read_text(encoding="utf-8")), set(FACTORS))
    }
    assert not named, "what differs by kind belongs to the factor's file or to web/kinds"


def test_no_template_asks_for_a_kind() -> None:
    asks = re.compile(r"\{%[^%]*\b\w*kind\w*\s*(?:[!=]=|in\b)", re.IGNORECASE)
    named = [
        tree.name_of(path)
        for path in tree.files("src/twofold/web/templates")
        if path.parent.name != "kinds" and asks.search(path.read_text(encoding="utf-8"))
    ]
    assert not named, "what differs by kind belongs to web/kinds and templates/kinds"


def _lines_that_name(module: ast.Module, kinds: set[str]) -> Iterator[int]:
    for node in ast.walk(module):
        match node:
            case ast.Constant(value=str(value)) if value in kinds - _CHANNELS:
                yield node.lineno
            case ast.Compare(left=left, comparators=others) if _is_about_kinds(left, *others):
                yield from _named_below(node, kinds)
            case ast.Subscript(value=value, slice=index) if _is_about_kinds(value):
                yield from _named_below(index, kinds)
            case ast.keyword(arg="kind" | "kinds", value=value):
                yield from _named_below(value, kinds)
            case ast.Match(subject=subject, cases=cases) if _is_about_kinds(subject):
                for case in cases:
                    yield from _named_below(case.pattern, kinds)
            case ast.ImportFrom(module=str(name)) if name.startswith(("twofold.web.kinds.", "twofold.factors.")):
                if name.rpartition(".")[2] in kinds:
                    yield node.lineno
            case _:
                pass


def _is_about_kinds(*nodes: ast.expr) -> bool:
    return any(
        _ABOUT_KINDS.search(each.id if isinstance(each, ast.Name) else each.attr)
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Name | ast.Attribute)
    )


def _named_below(node: ast.AST, kinds: set[str]) -> Iterator[int]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and each.value in kinds:
            yield each.lineno


@pytest.mark.parametrize(
    "source",
    [
        'x = "totp"',
        'if held.kind == "sms": pass',
        'if "sms" in kinds: pass',
        'services.factors["email"]',
        'offer(kind="email")',
        'match kind:\n    case "sms": pass',
        "from twofold.web.kinds.sms import SmsWords",
    ],
)
def test_it_sees_a_kind_that_is_named(source: str) -> None:
    assert list(_lines_that_name(ast.parse(source), {"totp", "sms", "email"}))


@pytest.mark.parametrize("source", ['posted.text("email")', 'EMAIL = "email"', 'message.channel == "sms"'])
def test_it_lets_channels_and_fields_be_named(source: str) -> None:
    assert not list(_lines_that_name(ast.parse(source), {"totp", "sms", "email"}))
