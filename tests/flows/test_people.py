"""People of an account, as owners and admins change them: races, and what ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.flows.profile_kit import LATER, a_visit, choose, enter, hold, stands
from twofold.core.policy import Requirement, default_rules
from twofold.core.roles import Barrier, NeedsApproval, Refused, Role
from twofold.flows import inviting, people, people_changes
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.people import Added, BadDetails, Unfit
from twofold.flows.standing_of import standing_of
from twofold.ports.policy import PolicyVersion

if TYPE_CHECKING:
    import pytest

    from tests.fakes import World
    from twofold.flows.visit import SignedIn


def one(here: World, email: str, role: Role) -> SignedIn:
    person = here.add_person(email, role=role, name=email.partition("@")[0])
    app = hold(here, person.id)
    choose(here, person.id)
    return enter(here, email, app)


def test_of_two_owners_who_lower_each_other_one_stays(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    olga, otto = one(here, "olga@acme.example", Role.OWNER), one(here, "otto@acme.example", Role.OWNER)
    visit = a_visit(here)
    begin = here.memory.begin
    depth: list[str] = []

    def meanwhile() -> object:
        # The second request runs whole between the first one's reading and its writing.
        if not depth:
            depth.append("once")
            done = people_changes.set_role(here.services, visit, otto, olga.person.id, Role.AGENT)
            assert done == Done()
        return begin()

    monkeypatch.setattr(here.memory, "begin", meanwhile)
    outcome = people_changes.set_role(here.services, visit, olga, otto.person.id, Role.AGENT)
    assert outcome == Conflict()
    assert [owner.email for owner in here.services.people.with_roles(here.account.id, (Role.OWNER,))] == [
        "otto@acme.example"
    ]


def test_a_new_role_ends_every_session(here: World) -> None:
    olga, ann = one(here, "olga@acme.example", Role.OWNER), one(here, "ann@acme.example", Role.AGENT)
    assert people_changes.set_role(here.services, a_visit(here), olga, ann.person.id, Role.ADMIN) == Done()
    assert not stands(here, ann)
    assert stands(here, olga)
    assert here.person(ann.person.id).role is Role.ADMIN
    assert people_changes.set_role(here.services, a_visit(here), olga, ann.person.id, Role.ADMIN) == Done()
    assert here.kinds().count("person.role_changed") == 1


def test_admins_do_not_reach_admins_and_owners_alone(here: World) -> None:
    adam = one(here, "adam@acme.example", Role.ADMIN)
    olga, ada = one(here, "olga@acme.example", Role.OWNER), one(here, "ada@acme.example", Role.ADMIN)
    visit = a_visit(here)
    outcome = people_changes.set_role(here.services, visit, adam, ada.person.id, Role.AGENT)
    assert outcome == Barred(NeedsApproval(1))
    assert isinstance(people_changes.remove(here.services, visit, adam, ada.person.id), Barred)
    assert people_changes.suspend(here.services, visit, adam, ada.person.id) == Done()
    assert people_changes.suspend(here.services, visit, adam, olga.person.id) == Barred(Refused(Barrier.ONLY_OWNER))
    assert people_changes.suspend(here.services, visit, adam, adam.person.id) == Barred(Refused(Barrier.ONESELF))
    ann = one(here, "ann@acme.example", Role.AGENT)
    assert isinstance(people_changes.suspend(here.services, visit, ann, ada.person.id), Refuse)


def test_every_act_wants_fresh_proof(here: World) -> None:
    olga = one(here, "olga@acme.example", Role.OWNER)
    ann = here.add_person("ann@acme.example")
    new = here.add_person("new@acme.example", password=None)
    here.clock.move(LATER)
    visit = a_visit(here)
    asked = NeedsProof(by_passcode=True)
    assert people_changes.set_role(here.services, visit, olga, ann.id, Role.ADMIN) == asked
    assert people_changes.suspend(here.services, visit, olga, ann.id) == asked
    assert people_changes.end_suspension(here.services, visit, olga, ann.id) == asked
    assert people_changes.end_sessions(here.services, visit, olga, ann.id) == asked
    assert people_changes.remove(here.services, visit, olga, ann.id) == asked
    assert inviting.copy_invitation(here.services, visit, olga, new.id) == asked
    assert inviting.invite_again(here.services, visit, olga, new.id) == asked
    added = people.add(here.services, visit, olga, email="a@b.example", name="", role=Role.AGENT, invite=True)
    assert added == asked
    # An end user gets nothing that could be used against anybody.
    added = people.add(here.services, visit, olga, email="a@b.example", name="", role=Role.END_USER, invite=True)
    assert isinstance(added, Added)


def test_an_invitation_goes_to_the_mailbox_and_a_newer_one_voids_it(here: World) -> None:
    olga = one(here, "olga@acme.example", Role.OWNER)
    visit = a_visit(here)
    added = people.add(here.services, visit, olga, email="New@B.example", name=" Newt ", role=Role.AGENT, invite=True)
    assert isinstance(added, Added)
    assert (added.person.email, added.person.name, added.mailed) == ("new@b.example", "Newt", True)
    (first,) = here.outbox.to("new@b.example")
    assert inviting.invite_again(here.services, visit, olga, added.person.id) == Done()
    copied = inviting.copy_invitation(here.services, visit, olga, added.person.id)
    assert isinstance(copied, inviting.InvitationLink)
    tokens = [str(url).partition("?link=")[2] for url in (first.params["url"], copied.url)]
    rows = [here.services.links.by_token(here.account.id, here.services.digests.of_token(token)) for token in tokens]
    assert [row is not None and row.used_at is None for row in rows] == [False, True]
    assert here.kinds().count("person.invitation_link_copied") == 1
    adam = one(here, "adam@acme.example", Role.ADMIN)
    assert isinstance(inviting.copy_invitation(here.services, visit, adam, added.person.id), Refuse), "owners only"


def test_details_are_checked(here: World) -> None:
    olga = one(here, "olga@acme.example", Role.OWNER)
    found = people.add(
        here.services, a_visit(here), olga, email="olga@acme.example", name="x" * 121, role=Role.AGENT, invite=False
    )
    assert found == BadDetails((Unfit.ADDRESS_TAKEN, Unfit.NAME_TOO_LONG))


def test_somebody_removed_is_gone_with_all_that_was_theirs(here: World) -> None:
    olga, ann = one(here, "olga@acme.example", Role.OWNER), one(here, "ann@acme.example", Role.AGENT)
    visit = a_visit(here)
    assert people_changes.remove(here.services, visit, olga, ann.person.id) == Done()
    assert not stands(here, ann)
    assert people.look(here.services, visit, olga, ann.person.id) == Gone()
    assert not here.services.enrolments.held(here.account.id, ann.person.id)
    assert here.outbox.to("ann@acme.example")[-1].template == "removed"
    (event,) = [event for event in here.audit.all(here.account.id) if event.kind == "person.removed"]
    assert (event.person_id, event.detail) == (ann.person.id, {"role": "agent"})


def test_a_suspension_ends_what_is_open_and_its_end_brings_nothing_back(here: World) -> None:
    olga, ann = one(here, "olga@acme.example", Role.OWNER), one(here, "ann@acme.example", Role.AGENT)
    visit = a_visit(here)
    for _ in range(2):
        assert people_changes.suspend(here.services, visit, olga, ann.person.id) == Done()
    assert not stands(here, ann)
    for _ in range(2):
        assert people_changes.end_suspension(here.services, visit, olga, ann.person.id) == Done()
    assert not stands(here, ann)
    assert here.person(ann.person.id).suspended_at is None
    assert here.kinds().count("person.suspended") == here.kinds().count("person.suspension_ended") == 1


def test_the_list_says_where_everybody_stands(here: World) -> None:
    olga = one(here, "olga@acme.example", Role.OWNER)
    until = here.clock.now() + timedelta(days=1)
    here.add_person("ann@acme.example", name="ann", exempt_until=until)
    found = people.page(here.services, a_visit(here), olga)
    assert isinstance(found, people.PeopleList)
    words = {line.row.email: line.standing.word.value for line in found.people}
    assert words == {"olga@acme.example": "on_by_choice", "ann@acme.example": "off"}
    agent = one(here, "agent@acme.example", Role.AGENT)
    assert isinstance(people.page(here.services, a_visit(here), agent), Refuse)


def test_a_person_who_changed_meanwhile_is_looked_at_again(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    olga = one(here, "olga@acme.example", Role.OWNER)
    ann = here.add_person("ann@acme.example")
    begin = here.memory.begin

    def meanwhile() -> object:
        present = here.person(ann.id)
        assert here.services.people.replace(here.account.id, present, replace(present, name=present.name + "!"))
        return begin()

    monkeypatch.setattr(here.memory, "begin", meanwhile)
    visit = a_visit(here)
    for act in (people_changes.suspend, people_changes.remove):
        assert act(here.services, visit, olga, ann.id) == Conflict()
    assert here.person(ann.id).suspended_at is None


def test_another_audience_begins_the_time_to_set_up_anew(here: World) -> None:
    emil = here.add_person("emil@acme.example", role=Role.END_USER)
    rules = default_rules()
    required = Requirement(starts_at=here.clock.now(), grace_for=timedelta(days=7))
    saved = PolicyVersion(
        number=1, rules=replace(rules, team=replace(rules.team, required=required)), saved_at=None, saved_by=None
    )
    assert here.services.policy.add(here.account.id, saved)
    here.clock.move(timedelta(days=30))
    olga = one(here, "olga@acme.example", Role.OWNER)
    moved_at = here.clock.now()
    assert people_changes.set_role(here.services, a_visit(here), olga, emil.id, Role.AGENT) == Done()
    stands_now = standing_of(here.services, here.account.id, here.person(emil.id), (), saved.rules, now=moved_at)
    assert stands_now.in_grace
    assert stands_now.grace_until == moved_at + timedelta(days=7)
    here.clock.move(timedelta(minutes=1))
    assert people_changes.set_role(here.services, a_visit(here), olga, emil.id, Role.ADMIN) == Done()
    assert here.person(emil.id).audience_since == moved_at, "an agent who becomes admin stays under the same policy"
