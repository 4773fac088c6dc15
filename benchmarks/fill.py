"""Fill a data folder with people: `python -m benchmarks.fill PEOPLE WITH_APP`, under the server's environment.

Prints the addresses and keys of those with an app as JSON. They share one password, hashed once.
"""

from __future__ import annotations

import json
import sys
from base64 import b32encode
from typing import Final

import django

from twofold.core.ids import EnrolmentId, PersonId
from twofold.core.roles import Role
from twofold.ports.enrolments import Enrolment
from twofold.ports.people import Subscriber

PASSWORD: Final = "correct horse battery staple"  # noqa: S105 -- of a folder that is thrown away
_AT_ONCE: Final = 1000


def fill(people: int, with_app: int, first: int) -> list[dict[str, str]]:
    """Store people numbered from `first`, of whom the first `with_app` hold an app and chose 2FA."""
    from twofold.services import services as built  # noqa: PLC0415 -- after Django is set up

    services = built()
    account = services.accounts.all()[0].id
    stored = services.passwords.hash(PASSWORD)
    now = services.clock.now()
    keys: list[dict[str, str]] = []
    for begin in range(0, people, _AT_ONCE):
        with services.transactions.begin():
            for number in range(begin, min(begin + _AT_ONCE, people)):
                person = Subscriber(
                    id=PersonId(services.entropy.new_id()),
                    email=f"person{first + number}@acme.example",
                    name=f"Person {first + number}",
                    role=Role.END_USER,
                    created_at=now,
                    password=stored,
                    chosen=number < with_app,
                )
                services.people.add(account, person)
                if number < with_app:
                    key = b32encode(services.entropy.bytes(20)).decode()
                    enrolment = Enrolment(
                        id=EnrolmentId(services.entropy.new_id()),
                        person_id=person.id,
                        kind="totp",
                        label=person.email,
                        state={"key": key},
                        strong=True,
                        confirmed_at=now,
                    )
                    services.enrolments.add(account, enrolment)
                    keys.append({"email": person.email, "key": key})
    return keys


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(fill(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
