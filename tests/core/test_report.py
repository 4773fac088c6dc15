"""The status report: cells that no spreadsheet runs, and when a reminder is due."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import NOW
from twofold.core.report import COLUMNS, REMIND_AFTER, Line, cell, reminder_due_at, row, unguarded
from twofold.core.roles import Role
from twofold.core.standing import Word

STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"


def parsed(line: str, delimiter: str = ",") -> list[str]:
    [cells] = csv.reader(io.StringIO(line, newline=""), delimiter=delimiter)
    return cells


@pytest.mark.parametrize("text", ["", "Ann", "ann@acme.example", "Ann-Marie O'Hara", "Ärmlich", "7 days + 1", "a=b"])
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+49 1", "'+49 1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r-1", "' -1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ("a, -1", "a,' -1"),
        ("two\nlines", "two lines"),
        ("a\u2028b\x85c", "a b c"),
        ('say "hi"', 'say "hi"'),
        (" Ann ", " Ann "),
        ("Lind, Ann", "Lind, Ann"),
        ("C|D", "C|D"),
    ],
)
def test_what_a_spreadsheet_would_run_is_text(text: str, shown: str) -> None:
    assert parsed(row([cell(text), cell("next")])) == [shown, "next"]


@given(st.text(alphabet=st.sampled_from([*STARTS, *"a ;|,"]), max_size=12))
def test_a_guarded_cell_comes_back_as_it_was(text: str) -> None:
    back, _ = parsed(row([cell(text), "next"]))
    assert unguarded(back) == text


@given(st.lists(st.text(alphabet=st.sampled_from([*STARTS, *"a \",;|\t\r\n'\0"]), max_size=12), min_size=1, max_size=4))
def test_no_cell_is_ever_a_formula_wherever_it_is_split(texts: list[str]) -> None:
    texts = [*texts, "last"]
    line = row(cell(text) for text in texts)

    assert line.endswith("\r\n")
    assert line.count("\n") == 1
    assert len(parsed(line)) == len(texts)
    for delimiter in ",;|":
        for found in parsed(line, delimiter):
            assert found.lstrip()[:1] not in STARTS or not found.strip()


def test_columns_have_names_that_stay() -> None:
    assert row(map(cell, COLUMNS)) == (
        "name,email,role,groups,state,2FA on,required,by choice,methods,strong,enrolled at,last used at,"
        "recovery codes left,trusted browsers,last sign-in,how,exempt until,why,own rule,no longer count\r\n"
    )


@pytest.mark.parametrize("word", Word)
def test_on_means_the_two_on_states(word: Word) -> None:
    line = Line(
        name="Ann",
        email="ann@acme.example",
        role=Role.AGENT,
        groups=(),
        word=Word.OFF,
        until=None,
        suspended=False,
        required=False,
        by_choice=False,
        methods=(),
        weak=(),
        dead=(),
        shut_out=False,
        strong=False,
        enrolled_at=None,
        last_used_at=None,
        codes_left=None,
        trusted_browsers=0,
        last_sign_in_at=None,
        signed_in_by="",
        exempt_until=None,
        exempt_because="",
        own_rule=None,
    )
    assert replace(line, word=word).is_on is (word in {Word.ON_BY_CHOICE, Word.ON_REQUIRED})


def test_a_reminder_is_due_only_while_something_is_required() -> None:
    assert reminder_due_at(None, None) is None
    assert reminder_due_at(None, NOW) is None


@pytest.mark.parametrize(("made_after", "counts_from"), [(None, 0), (-5, 0), (30, 30)])
def test_a_reminder_counts_from_the_newest_report_or_the_requirement(made_after: int | None, counts_from: int) -> None:
    made_at = None if made_after is None else NOW + timedelta(days=made_after)

    assert reminder_due_at(NOW, made_at) == NOW + timedelta(days=counts_from) + REMIND_AFTER
