"""The first owner: one of several who hold the link, and never a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.flows.profile_kit import a_visit, hold, token_of
from twofold.core.passwords import PasswordProblem
from twofold.core.refusals import No
from twofold.core.roles import Role
from twofold.flows import owner
from twofold.flows.outcomes import Conflict, GoOn, Refuse
from twofold.flows.owner import BadOwner, HelpDesk, Made, Unfit

if TYPE_CHECKING:
    import pytest

    from tests.fakes import World
    from twofold.ports.people import Subscriber

DESK = HelpDesk(name="Ivy Help", time_zone="Europe/Vienna")
SECRET = "a long enough secret"


def begin(
    here: World, token: str, email: str = "olga@acme.example", *, secret: str = SECRET
) -> GoOn | BadOwner | Refuse | Conflict:
    return owner.begin(here.services, a_visit(here), token, DESK, email=email, name="Olga", new_password=secret)


def link(here: World) -> str:
    url = owner.link(here.services, here.account)
    assert url is not None
    return token_of(url)


def owners(here: World) -> list[Subscriber]:
    return list(here.services.people.with_roles(here.account.id, (Role.OWNER,)))


def test_of_two_who_hold_the_link_one_becomes_owner(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = link(here)
    earlier = here.memory.begin
    first: list[object] = []

    def meanwhile() -> object:
        if not first:
            first.append(None)
            first[0] = begin(here, token, "otto@acme.example")
        return earlier()

    monkeypatch.setattr(here.memory, "begin", meanwhile)
    second = begin(here, token)
    assert isinstance(first[0], GoOn)
    assert isinstance(second, Refuse)
    assert [one.email for one in owners(here)] == ["otto@acme.example"]


def test_the_owner_is_asked_for_a_second_factor_for_good(here: World) -> None:
    outcome = begin(here, link(here))
    assert isinstance(outcome, GoOn)
    (made,) = owners(here)
    assert (made.chosen, made.must_set_up, made.email_proved_at) == (True, True, None)
    assert "owner.made" in here.kinds()
    account = here.services.accounts.by_id(here.account.id)
    assert account is not None
    assert (account.name, account.time_zone) == ("Ivy Help", "Europe/Vienna")


def test_an_owner_ends_every_link(here: World) -> None:
    token = link(here)
    person = here.add_person("olga@acme.example", role=Role.OWNER, email_proved_at=None)
    assert not owner.has_owner(here.services, here.account), "made, and never finished"
    hold(here, person.id)
    assert owner.has_owner(here.services, here.account)
    assert owner.link(here.services, here.account) is None
    assert begin(here, token, "evil@acme.example") == owner.look(here.services, a_visit(here), token)
    assert [one.email for one in owners(here)] == ["olga@acme.example"]


def test_a_busy_server_keeps_the_link(here: World) -> None:
    token = link(here)
    here.passwords.busy = True
    outcome = begin(here, token)
    assert isinstance(outcome, Refuse)
    assert outcome.because.no is No.BUSY
    here.passwords.busy = False
    assert isinstance(begin(here, token), GoOn)


def test_unattended_the_operator_vouches_for_the_address(here: World) -> None:
    bad = owner.create(here.services, here.account, email="olga", name="", new_password="short")
    assert bad == BadOwner({"email": Unfit.NOT_AN_ADDRESS}, PasswordProblem.TOO_SHORT)
    made = owner.create(here.services, here.account, email="olga@acme.example", name="Olga", new_password=SECRET)
    assert isinstance(made, Made)
    assert made.person.email_proved_at is not None
    again = owner.create(here.services, here.account, email="otto@acme.example", name="", new_password=SECRET)
    assert again is None
