"""No template holds a text that is no message, also where no walk leads: on the demo's pages, behind rare answers."""

from __future__ import annotations

import pytest
from django.template.base import Lexer, TokenType

from tests.i18n.pseudo import SOURCE
from tests.i18n.reading import english_in, texts_in

TEMPLATES = SOURCE / "web" / "templates"
# The mark of a mail's first line; classes that a page gives its frame; and what stands here for anything filled in.
NO_TEXT = {"Subject:", "folded", "roomy", "DATA"}
_SPANS = {"blocktranslate": "endblocktranslate", "blocktrans": "endblocktrans", "comment": "endcomment"}


def without_messages(source: str) -> str:
    """Return a template with its tags taken out, and everything between the two of a message or a comment."""
    kept: list[str] = []
    until = ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(" ", 1)[0] if token.token_type is TokenType.BLOCK else ""
        if until:
            until = "" if name == until else until
        elif name in _SPANS:
            until = _SPANS[name]
        elif token.token_type is TokenType.TEXT:
            kept.append(token.contents)
        elif token.token_type is TokenType.VAR:
            kept.append("DATA")
    return "".join(kept)


def test_what_stands_outside_of_messages_is_found() -> None:
    source = '<p title="Read this">{% translate "Save" %} and {{ name }}{% comment %}no text{% endcomment %}</p>'
    assert [english_in(text, NO_TEXT) for text in texts_in(without_messages(source))] == ["Read this", "and"]


@pytest.mark.parametrize("name", sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*")))
def test_a_template_holds_no_text_outside_of_messages(name: str) -> None:
    bare = without_messages((TEMPLATES / name).read_text(encoding="utf-8"))
    texts = texts_in(bare) if name.endswith(".html") else [bare]
    assert not [found for text in texts if (found := english_in(text, NO_TEXT))]
