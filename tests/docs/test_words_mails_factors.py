"""Commands, mails and second factors have their places in the reference, each with what it says and takes."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.reading import cells, codes_in, rows, sections, text_of
from twofold.commands.main import WORDS, parser
from twofold.core import assurance
from twofold.delivery.words import TEMPLATES
from twofold.factors.registry import FACTORS

if TYPE_CHECKING:
    from twofold.factors.contract import SecondFactor

_SUBJECT = re.compile(r"Subject: {% blocktranslate[^%]*%}(.*?){% endblocktranslate %}")
COMMANDS = {
    heading: below for heading, below in sections(text_of("commands.md")).items() if heading.startswith("`./run")
}
MAILS = rows(text_of("mails.md"))
NAMES = sorted(path.stem for path in (TEMPLATES / "mail").glob("[!_]*.txt"))
_PROOFS = sections(text_of("factors.md"))


def options_of(word: str) -> dict[str, argparse.Action]:
    """Return the options of one word, as they are typed, without the one for help."""
    words = next(each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    return {
        each.option_strings[0]: each
        for each in words.choices[word]._actions
        if "--help" not in each.option_strings and each.option_strings
    }


def test_every_word_has_its_section() -> None:
    assert {heading.split()[1].strip("`") for heading in COMMANDS} == set(WORDS)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_option_of_a_word_is_told_and_no_other(word: str) -> None:
    below = next(text for heading, text in COMMANDS.items() if heading.split()[1].strip("`") == word)
    told = {code.split()[0] for code in codes_in(below) if code.startswith("--") and code != "--"}
    assert told == set(options_of(word))


def test_every_mail_has_its_row() -> None:
    assert set(MAILS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_has_the_subject_that_is_told(name: str) -> None:
    found = _SUBJECT.search((TEMPLATES / "mail" / f"{name}.txt").read_text(encoding="utf-8"))
    assert found is not None
    assert cells(MAILS[name])[1] == found[1].replace("{{ account }}", "…")


def test_every_text_has_its_row_and_begins_as_is_told() -> None:
    told = rows(text_of("texts.md"))
    assert set(told) == {path.stem for path in (TEMPLATES / "sms").glob("*.txt")}
    for name, row in told.items():
        words = (TEMPLATES / "sms" / f"{name}.txt").read_text(encoding="utf-8")
        assert cells(row)[1].replace("…", "{{ short }}") in words


@pytest.mark.parametrize("factor", FACTORS.values(), ids=lambda factor: factor.kind)
def test_every_second_factor_has_its_row_with_its_traits(factor: SecondFactor) -> None:
    said = cells(rows(_PROOFS["Second factors"])[factor.kind])
    assert codes_in(said[2]) == set(factor.traits.amr)
    assert said[3:5] == ["yes" if each else "no" for each in (factor.traits.strong, factor.traits.phishing_resistant)]


def test_no_second_factor_is_told_of_that_there_is_not() -> None:
    assert set(rows(_PROOFS["Second factors"])) == set(FACTORS)


def test_every_other_proof_has_its_row() -> None:
    assert set(rows(_PROOFS["Other proofs"])) == {
        assurance.PASSWORD,
        assurance.RECOVERY_CODE,
        assurance.ADMIN_CODE,
        assurance.ACCESS_PASS,
        assurance.MAIL_LINK,
        assurance.OPERATOR_LINK,
        assurance.MAILBOX,
    }
