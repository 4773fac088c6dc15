"""The people of an account. The port: ports/people.py, People."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction

from twofold.core.groups import Extra
from twofold.core.ids import PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.core.roles import Role
from twofold.ports.people import Named, Subscriber
from twofold.store import marks_alone
from twofold.store.people_page import page_of_people
from twofold.store.rows import (
    Row,
    Value,
    from_text,
    in_hundreds,
    instant,
    many,
    marks,
    micros,
    one,
    to_text,
    write,
    write_many,
)
from twofold.store.words import sort_key, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, GroupId
    from twofold.ports.pages import PageBetween
    from twofold.ports.people import PersonRow

COLUMNS: Final = (
    "id, email, name, role, created_at, version, locale, time_zone, password, chosen, every_sign_in,"
    " must_set_up, grace_until, exempt_until, exempt_because, suspended_at, frozen_at, proved_by_mailbox_at,"
    " email_proved_at, email_changed_at, former_email, invited_at, last_sign_in_at, codes_unsaved, enrolled_at,"
    " audience_since, own_rule, silenced, helps_since, skipped, skipped_at"
)
"""What `subscriber_of` reads, in its order."""
_SELECT: Final = "SELECT " + COLUMNS + " FROM person"  # noqa: S608 -- our own words
_ROLES: Final = {role.value: role for role in Role}
_NOTHING: Final[frozenset[str]] = frozenset()
_UPDATE: Final = (
    "UPDATE person SET version = version + 1, email = %s, name = %s, sort_name = %s, role = %s, created_at = %s,"
    " locale = %s, time_zone = %s, password = %s, chosen = %s, every_sign_in = %s, must_set_up = %s, grace_until = %s,"
    " exempt_until = %s, exempt_because = %s, suspended_at = %s, frozen_at = %s, proved_by_mailbox_at = %s,"
    " email_proved_at = %s, email_changed_at = %s, former_email = %s, invited_at = %s, codes_unsaved = %s,"
    " enrolled_at = %s, audience_since = %s, own_rule = %s, silenced = %s, helps_since = %s,"
    " skipped = %s, skipped_at = %s"
    " WHERE account = %s AND id = %s AND version = %s"
)
_NAMES: Final = "SELECT id, name, email FROM person"
_ERASE: Final = (
    "DELETE FROM person_word WHERE account = %s AND person_id = %s",
    "DELETE FROM enrolment WHERE account = %s AND person_id = %s",
    "DELETE FROM recovery_code WHERE account = %s AND person_id = %s",
    "DELETE FROM attempt WHERE account = %s AND person_id = %s",
    "DELETE FROM challenge WHERE account = %s AND person_id = %s",
    "DELETE FROM session WHERE account = %s AND person_id = %s",
    "DELETE FROM known_browser WHERE account = %s AND person_id = %s",
    "DELETE FROM group_member WHERE account = %s AND person_id = %s",
    "DELETE FROM link WHERE account = %s AND person_id = %s",
    "DELETE FROM help_act WHERE account = %s AND person_id = %s",
    "DELETE FROM help_call WHERE account = %s AND person_id = %s",
    "DELETE FROM job WHERE account = %s AND person_id = %s",
    "DELETE FROM announced WHERE account = %s AND person_id = %s",
    "DELETE FROM stopping WHERE account = %s AND person_id = %s",
    "DELETE FROM import_row WHERE account = %s AND person_id = %s",
    # Some lanes are counted under the person's id and something more.
    "DELETE FROM counter WHERE account = %s AND SUBSTR(subject, 1, 26) = %s",
    "DELETE FROM person WHERE account = %s AND id = %s",
)


class PeopleStore:
    """People."""

    def by_id(self, account: AccountId, person: PersonId) -> Subscriber | None:
        """Return one person."""
        row = one(_SELECT + " WHERE account = %s AND id = %s", (account, person))
        return None if row is None else subscriber_of(row)

    def by_ids(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Subscriber]:
        """Return these people, for a page of something else; those who are not there any more are left out."""
        return {(found := _subscriber(row)).id: found for row in _of_ids(_SELECT, account, people)}

    def by_email(self, account: AccountId, email: str) -> Subscriber | None:
        """Return the person with this normalised address."""
        row = one(_SELECT + " WHERE account = %s AND email = %s", (account, email))
        return None if row is None else subscriber_of(row)

    def add(self, account: AccountId, person: Subscriber) -> bool:
        """Store a new person; False when the address is taken."""
        with transaction.atomic():
            added = write(
                "INSERT INTO person (account, id, version, last_sign_in_at, email, name, sort_name, role, created_at,"
                " locale, time_zone, password, chosen, every_sign_in, must_set_up, grace_until, exempt_until,"
                " exempt_because, suspended_at, frozen_at, proved_by_mailbox_at, email_proved_at, email_changed_at,"
                " former_email, invited_at, codes_unsaved, enrolled_at, audience_since, own_rule, silenced,"
                " helps_since, skipped, skipped_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
                " %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (account, person.id, person.version, micros(person.last_sign_in_at), *_values(person)),
            )
            if added:
                _add_words(account, person.id, words_of(person.name, person.email))
                marks_alone.put(account, person, instead_of=None)
        return added == 1

    def replace(self, account: AccountId, old: Subscriber, new: Subscriber) -> bool:
        """Write `new` where `old.version` still stands and count the version up.

        False when somebody else was faster, or when the new address is taken. `last_sign_in_at` is not written.
        """
        params = (*_values(new), account, old.id, old.version)
        if (old.email, old.name) == (new.email, new.name):
            if (before := marks_alone.word_of(old)) == marks_alone.word_of(new):
                return write(_UPDATE, params) == 1
            # One of its own where there is none yet, else the caller's.
            with transaction.atomic(savepoint=False):
                if replaced := write(_UPDATE, params):
                    marks_alone.put(account, new, instead_of=before)
            return replaced == 1
        try:
            # A taken address breaks the transaction on PostgreSQL, so this one has a savepoint of its own.
            with transaction.atomic():
                replaced = write(_UPDATE, params)
                if replaced:
                    write("DELETE FROM person_word WHERE account = %s AND person_id = %s", (account, old.id))
                    _add_words(account, old.id, words_of(new.name, new.email))
                    marks_alone.put(account, new, instead_of=None)
        except IntegrityError:
            return False
        return replaced == 1

    def signed_in(self, account: AccountId, person: Subscriber, at: datetime, *, by: str = "") -> bool:
        """Note when and `by` what somebody signed in where `person.version` still stands; the version stays."""
        return (
            write(
                "UPDATE person SET last_sign_in_at = %s, signed_in_by = %s"
                " WHERE account = %s AND id = %s AND version = %s",
                (to_micros(at), by, account, person.id, person.version),
            )
            == 1
        )

    def remove(self, account: AccountId, person: PersonId) -> None:
        """Erase the person with all that belongs to them; audit events and saved policies keep the id alone."""
        with transaction.atomic():
            for statement in _ERASE:
                write(statement, (account, person))
        # It would keep their address and the hash of their password until many others were read. By row, and not by
        # person, it finds whom it keeps: so all go, and are read again.
        subscriber_of.cache_clear()

    def with_roles(self, account: AccountId, roles: Sequence[Role], *, helping: bool = False) -> Sequence[Subscriber]:
        """Return the people with these roles who are not suspended, oldest first."""
        if not roles:
            return []
        who = " AND (role <> 'agent' OR helps_since IS NOT NULL)" if helping else ""
        rows = many(
            _SELECT
            + " WHERE account = %s AND suspended_at IS NULL AND role IN ("
            + marks(len(roles))
            + ")"
            + who
            + " ORDER BY created_at, id",
            (account, *roles),
        )
        return [_subscriber(row) for row in rows]

    def names(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Named]:
        """Return how these people are called; those who are not there any more are left out."""
        return {PersonId(person): Named(name, email) for person, name, email in _of_ids(_NAMES, account, people)}

    def page(
        self,
        account: AccountId,
        *,
        search: str = "",
        role: Role | None = None,
        group: GroupId | None = None,
        after: str = "",
        before: str = "",
        size: int = 50,
    ) -> PageBetween[PersonRow]:
        """Return people by name; `search` matches beginnings of words of names and addresses."""
        return page_of_people(account, search=search, role=role, group=group, after=after, before=before, size=size)


def _of_ids(select: str, account: AccountId, people: Iterable[PersonId]) -> Iterator[Row]:
    """Yield the rows of these people."""
    for some in in_hundreds(sorted(set(people))):
        yield from many(select + " WHERE account = %s AND id IN (" + marks(len(some)) + ")", (account, *some))


def _add_words(account: AccountId, person: PersonId, words: set[bytes]) -> None:
    write_many(
        "INSERT INTO person_word (account, word, person_id) VALUES (%s, %s, %s)",
        [(account, word, person) for word in sorted(words)],
    )


@lru_cache(maxsize=1024)
def subscriber_of(row: Row) -> Subscriber:
    """Return the person of a row with COLUMNS. Whoever signs in is read at every step, and is mostly as they were."""
    return _subscriber(row)


def _subscriber(row: Row) -> Subscriber:
    (person_id, email, name, role, created_at, version, locale, time_zone, password, chosen, *rest) = row
    (every_sign_in, must_set_up, grace_until, exempt_until, exempt_because, suspended_at, frozen_at, *rest) = rest
    (proved_by_mailbox_at, email_proved_at, email_changed_at, former_email, invited_at, *rest) = rest
    last_sign_in_at, codes_unsaved, enrolled_at, audience_since, own_rule, silenced, *rest = rest
    helps_since, skipped, skipped_at = rest
    return Subscriber(
        id=PersonId(person_id),
        email=email,
        name=name,
        role=_ROLES[role],
        created_at=from_micros(created_at),
        version=version,
        locale=locale,
        time_zone=time_zone,
        password=password,
        chosen=bool(chosen),
        every_sign_in=bool(every_sign_in),
        must_set_up=bool(must_set_up),
        grace_until=instant(grace_until),
        exempt_until=instant(exempt_until),
        exempt_because=exempt_because,
        suspended_at=instant(suspended_at),
        frozen_at=instant(frozen_at),
        proved_by_mailbox_at=instant(proved_by_mailbox_at),
        email_proved_at=instant(email_proved_at),
        email_changed_at=instant(email_changed_at),
        former_email=former_email,
        invited_at=instant(invited_at),
        last_sign_in_at=instant(last_sign_in_at),
        codes_unsaved=bool(codes_unsaved),
        enrolled_at=instant(enrolled_at),
        audience_since=instant(audience_since),
        own_rule=None if own_rule is None else rule_of(own_rule),
        silenced=frozenset(silenced.split()) if silenced else _NOTHING,
        helps_since=instant(helps_since),
        skipped=skipped or 0,
        skipped_at=instant(skipped_at),
    )


@lru_cache(maxsize=256)
def rule_of(text: str) -> Extra:
    """Return the rule of a JSON text; most people with a rule of their own share its text with others."""
    return Extra.from_json(from_text(text))


def _values(person: Subscriber) -> tuple[Value, ...]:
    """Return what both statements write, in their order: everything but id, version and the last sign-in."""
    return (
        person.email,
        person.name,
        sort_key(person.name, person.email),
        person.role,
        to_micros(person.created_at),
        person.locale,
        person.time_zone,
        person.password,
        person.chosen,
        person.every_sign_in,
        person.must_set_up,
        micros(person.grace_until),
        micros(person.exempt_until),
        person.exempt_because,
        micros(person.suspended_at),
        micros(person.frozen_at),
        micros(person.proved_by_mailbox_at),
        micros(person.email_proved_at),
        micros(person.email_changed_at),
        person.former_email,
        micros(person.invited_at),
        person.codes_unsaved,
        micros(person.enrolled_at),
        micros(person.audience_since),
        None if person.own_rule is None else to_text(person.own_rule.to_json()),
        " ".join(sorted(person.silenced)) or None,
        micros(person.helps_since),
        person.skipped or None,
        micros(person.skipped_at),
    )
