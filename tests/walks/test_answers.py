"""Pages and redirects are made in fewer steps than Django's, which sees no difference."""

from __future__ import annotations

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import BadHeaderError

from twofold.web import answers

HTML = "<p>Grüß Gott \N{WAVING HAND SIGN}</p>"


def assert_same(ours: HttpResponse, theirs: HttpResponse) -> None:
    """See to it that whatever Django keeps of an answer is there and the same, nothing else is, and so is the sent."""
    assert vars(ours).keys() <= vars(theirs).keys()
    for name, value in vars(theirs).items():
        found = getattr(ours, name)
        assert type(found) is type(value), name
        if name == "headers":
            # Two of them are equal only in what they hold.
            found, value = vars(found), vars(value)  # noqa: PLW2901
        assert found == value, name
    for name in ("charset", "reason_phrase", "content", "text", "streaming"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert [*ours] == [*theirs]
    assert ours.serialize() == theirs.serialize()


@pytest.mark.parametrize("status", [200, 403, 429])
@pytest.mark.parametrize("html", [HTML, ""])
def test_a_page_is_what_django_makes_of_it(html: str, status: int) -> None:
    assert_same(answers.Html(html, status), HttpResponse(html, status=status))


def test_a_page_is_changed_and_closed_as_djangos() -> None:
    made = answers.Html(HTML, 200), HttpResponse(HTML, status=200)
    for one in made:
        one.set_cookie("a", "b")
        one.write("more")
        one["X-More"] = "more"
        one.close()
    assert_same(*made)
    assert not answers.Html("", 200).cookies, "no two answers share what they hold"


@pytest.mark.parametrize("url", ["/", "/sign-in/passcode?next=%2Fadmin%3Fa%3Db#x", "https://help.acme.example/profile"])
def test_a_redirect_is_what_django_makes_of_it(url: str) -> None:
    ours = answers.Html("", 303)
    answers.lead_to(ours, url)
    assert_same(ours, HttpResponseRedirect(url, status=303))


def test_what_no_header_carries_as_it_stands_is_refused_or_written_by_django() -> None:
    ours, theirs = answers.Html("", 303), HttpResponse(status=303)
    answers.lead_to(ours, "/caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    theirs["Location"] = "/caf\N{LATIN SMALL LETTER E WITH ACUTE}"
    assert_same(ours, theirs)
    with pytest.raises(BadHeaderError):
        answers.lead_to(ours, "/\r\nSet-Cookie: a=b")
