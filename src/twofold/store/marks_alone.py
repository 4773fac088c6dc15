"""Of whom something is required by a rule of their own: a word among those that people are found by.

It is written beside a person's row whenever that comes to say so, or says it no more; so they are counted and listed
along the index of words, however many others there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.roles import Audience, audience_of
from twofold.store.rows import write

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.ports.people import Subscriber

# 0xFF never occurs in UTF-8: nobody is called like this, and nobody finds it who looks for a name.
ANY: Final = b"\xffalone:"
"""What all of these words begin with."""
OF: Final = {audience: ANY + audience.value.encode() for audience in Audience}
_PUT: Final = "INSERT INTO person_word (account, word, person_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


def word_of(person: Subscriber) -> bytes | None:
    """Return the word that somebody is to be found by; None where nothing is required of them alone."""
    rule = person.own_rule
    return None if rule is None or rule.required is None else OF[audience_of(person.role)]


def put(account: AccountId, person: Subscriber, *, instead_of: bytes | None) -> None:
    """Let somebody be found by their word, in place of the one from before, in the present transaction."""
    if instead_of is not None:
        write(
            "DELETE FROM person_word WHERE account = %s AND word = %s AND person_id = %s",
            (account, instead_of, person.id),
        )
    word = word_of(person)
    if word is not None:
        write(_PUT, (account, word, person.id))
