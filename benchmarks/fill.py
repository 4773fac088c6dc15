"""Fill a data folder with people: `python -m benchmarks.fill PEOPLE HOLDING FIRST [KIND,…]` with the server's settings.

Prints those who hold a second factor as JSON, with what they answer by. They share one password, hashed once.
"""

from __future__ import annotations

import json
import sys
from base64 import b32encode
from typing import TYPE_CHECKING, Final

import django

from twofold.core.ids import EnrolmentId, PersonId
from twofold.core.roles import Role
from twofold.flows import recovery_set
from twofold.ports.enrolments import Enrolment
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

PASSWORD: Final = "correct horse battery staple"  # noqa: S105 -- of a folder that is thrown away
_AT_ONCE: Final = 1000


def fill(people: int, holding: int, first: int, kinds: Sequence[str] = ("totp",)) -> list[dict[str, str]]:
    """Store people numbered from `first`, of whom the first `holding` chose 2FA and hold one of `kinds`, in turn.

    "recovery" is an app with a set of recovery codes.
    """
    from twofold.services import services as built  # noqa: PLC0415 -- after Django is set up

    services = built()
    account = services.accounts.all()[0]
    stored = services.passwords.hash(PASSWORD)
    now = services.clock.now()
    holders: list[dict[str, str]] = []
    for begin in range(0, people, _AT_ONCE):
        with services.transactions.begin():
            for number in range(begin, min(begin + _AT_ONCE, people)):
                person = Subscriber(
                    id=PersonId(services.entropy.new_id()),
                    email=f"person{first + number}@acme.example",
                    name=f"Person {first + number}",
                    role=Role.END_USER,
                    created_at=now,
                    email_proved_at=now,
                    password=stored,
                    chosen=number < holding,
                )
                services.people.add(account.id, person)
                if number < holding:
                    kind = kinds[number % len(kinds)]
                    holders.append({"email": person.email, "kind": kind, **_hold(services, account, person, kind)})
    return holders


def _hold(services: Services, account: Account, person: Subscriber, kind: str) -> dict[str, str]:
    """Enrol a person, and return what they answer with."""
    now = person.created_at
    answer: dict[str, str] = {}
    state: JsonObject = {}
    if kind == "sms":
        # Far from each other: many texts to one range of numbers look like somebody who is paid for them.
        answer["number"] = state["number"] = f"+43664{int.from_bytes(services.entropy.bytes(4), 'big') % 10**7:07}"
    elif kind != "email":
        answer["key"] = state["key"] = b32encode(services.entropy.bytes(20)).decode()
    enrolment = Enrolment(
        id=EnrolmentId(services.entropy.new_id()),
        person_id=person.id,
        kind="totp" if "key" in state else kind,
        label=person.email,
        state=state,
        strong="key" in state,
        confirmed_at=now,
    )
    services.enrolments.add(account.id, enrolment)
    if kind == "recovery":
        answer["code"] = recovery_set.make_set(services, account, person.id, now=now)[0]
    return answer


if __name__ == "__main__":
    django.setup()
    _people, _holding, _first, *_kinds = sys.argv[1:]
    _held = _kinds[0].split(",") if _kinds else ["totp"]
    sys.stdout.write(json.dumps(fill(int(_people), int(_holding), int(_first), _held)))
