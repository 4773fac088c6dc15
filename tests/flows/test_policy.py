"""Saving the policy: whom it lets, what it writes, whom it tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.profile_kit import LATER, a_visit, choose, enter, hold, passcode, renew
from twofold.core.policy import Accepts, Requirement, Weaker, default_rules
from twofold.core.roles import Audience, Role
from twofold.flows import policy
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.policy import BadRules, NotMet, SetUpFirst
from twofold.ports.jobs import TELL_DORMANT

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.core.json import JsonObject
    from twofold.core.policy import Rules
    from twofold.flows.visit import SignedIn


def an_admin(here: World, *, role: Role = Role.ADMIN) -> SignedIn:
    """Return somebody who just signed in with an app."""
    person = here.add_person("adam@acme.example", role=role, name="Adam Admin")
    app = hold(here, person.id)
    choose(here, person.id)
    return enter(here, person.email, app)


def requiring(here: World, *, team: bool = True, end_users: bool = False, **more: object) -> Rules:
    rules = default_rules()
    wanted = replace(Requirement(starts_at=here.clock.now()), **more)  # type: ignore[arg-type]  # fields by name
    return replace(
        rules,
        team=replace(rules.team, required=wanted if team else None),
        end_users=replace(rules.end_users, required=wanted if end_users else None),
    )


def save(here: World, me: SignedIn, rules: Rules, *, number: int | None = None) -> policy.SaveOutcome:
    current = here.services.policy.current(here.account.id).number
    return policy.save(
        here.services, a_visit(here), me, number=current if number is None else number, rules=rules, because="Because"
    )


def test_what_is_saved_stands_with_who_and_why_and_is_told_in_the_audit_log(here: World) -> None:
    me = an_admin(here)
    rules = requiring(here)
    assert save(here, me, rules) == Done()
    saved = here.services.policy.current(here.account.id)
    assert (saved.number, saved.rules, saved.saved_by, saved.because) == (1, rules, me.person.id, "Because")
    (event,) = [event for event in here.audit.all(here.account.id) if event.kind == "policy.changed"]
    assert event.detail["before"] == default_rules().to_json()
    assert event.detail["after"] == rules.to_json()
    assert not here.outbox.messages, "what strengthens is mailed to nobody"


def test_the_same_again_saves_nothing(here: World) -> None:
    me = an_admin(here)
    assert save(here, me, default_rules()) == Done()
    assert here.services.policy.current(here.account.id).number == 0


@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_agents_and_end_users_may_not(here: World, role: Role) -> None:
    me = an_admin(here, role=role)
    assert isinstance(policy.look(here.services, a_visit(here), me), Refuse)
    assert isinstance(save(here, me, requiring(here)), Refuse)


def test_an_admin_without_a_second_factor_sets_up_first(here: World) -> None:
    person = here.add_person("adam@acme.example", role=Role.ADMIN)
    me = enter(here, person.email)
    assert save(here, me, requiring(here)) == SetUpFirst()
    assert save(here, me, requiring(here, team=False, end_users=True)) == SetUpFirst()
    view = policy.look(here.services, a_visit(here), me)
    assert isinstance(view, policy.PolicyView)
    assert not view.has_factor


@pytest.mark.parametrize("audience", list(Audience))
def test_nobody_saves_what_they_do_not_meet(here: World, audience: Audience) -> None:
    me = an_admin(here)
    stronger = Accepts(kinds=frozenset({"email"}))
    rules = default_rules()
    if audience is Audience.TEAM:
        rules = replace(rules, team=replace(rules.team, accepts=stronger))
    else:
        rules = replace(rules, end_users=replace(rules.end_users, accepts=stronger))
    assert save(here, me, rules) == NotMet(audience)


def test_a_fresh_second_factor_is_asked_for(here: World) -> None:
    me = an_admin(here)
    here.clock.move(LATER)
    assert save(here, me, requiring(here)) == NeedsProof(by_passcode=True)
    (app,) = here.services.enrolments.held(here.account.id, me.person.id)
    assert passcode(here, app)
    assert save(here, renew(here, me, app), requiring(here)) == Done()


def test_whoever_saw_an_older_version_is_stopped(here: World) -> None:
    me = an_admin(here)
    assert save(here, me, requiring(here)) == Done()
    assert save(here, me, requiring(here, end_users=True), number=0) == Conflict()


def test_what_is_out_of_range_is_named(here: World) -> None:
    me = an_admin(here)
    rules = default_rules()
    outcome = save(here, me, replace(rules, team=replace(rules.team, trust_for=timedelta(days=91))))
    assert isinstance(outcome, BadRules)
    assert [audience for audience, _ in outcome.problems] == [Audience.TEAM]


def test_what_weakens_is_mailed_to_every_owner_and_admin(here: World) -> None:
    me = an_admin(here)
    here.add_person("olga@acme.example", role=Role.OWNER, name="Olga")
    here.add_person("ann@acme.example", role=Role.AGENT, name="Ann")
    rules = default_rules()
    assert save(here, me, replace(rules, team=replace(rules.team, trust_for=timedelta(days=60)))) == Done()
    told = [message for message in here.outbox.messages if message.template == "policy_weakened"]
    assert {message.to for message in told} == {"adam@acme.example", "olga@acme.example"}
    assert told[0].params["changes"] == [{"code": f"{Audience.TEAM}.{Weaker.TRUST_LONGER}", "name": "", "group": ""}]
    assert told[0].params["url"] == f"{here.account.base_url}{policy.PAGE}"


def told_by_the_worker(here: World) -> list[JsonObject]:
    """Return the bodies of the jobs that tell whom a requirement's end has made dormant."""
    return [job.body for job in here.jobs.all(here.account.id) if job.kind == TELL_DORMANT]


def test_the_end_of_a_requirement_is_told_by_the_worker(here: World) -> None:
    me = an_admin(here)
    assert save(here, me, requiring(here, end_users=True)) == Done()
    assert not told_by_the_worker(here)
    assert save(here, me, requiring(here)) == Done()
    (body,) = told_by_the_worker(here)
    assert body == {"number": 2, "end_users": True, "after": ""}


def test_a_requirement_that_never_began_ends_in_silence(here: World) -> None:
    me = an_admin(here)
    later = here.clock.now() + timedelta(days=3)
    assert save(here, me, requiring(here, starts_at=later)) == Done()
    assert save(here, me, default_rules()) == Done()
    assert not told_by_the_worker(here)


def test_what_is_put_back_starts_anew(here: World) -> None:
    me = an_admin(here)
    visit = a_visit(here)
    assert save(here, me, requiring(here, grace_for=timedelta(days=7))) == Done()
    assert save(here, me, default_rules()) == Done()
    here.clock.move(timedelta(minutes=2))
    assert policy.restore(here.services, visit, me, number=2, back_to=9) == Gone()
    assert policy.restore(here.services, visit, me, number=1, back_to=1) == Conflict()
    assert policy.restore(here.services, visit, me, number=2, back_to=1) == Done()
    required = here.services.policy.current(here.account.id).rules.team.required
    assert required is not None
    assert required.starts_at == here.clock.now()
    assert required.grace_for == timedelta(days=7)


def test_counts_before_and_after(here: World) -> None:
    me = an_admin(here)
    for number in range(3):
        here.add_person(f"agent{number}@acme.example")
    hold(here, here.add_person("dora@acme.example").id)
    here.add_person("out@acme.example", suspended_at=here.clock.now())
    until = here.clock.now() + timedelta(days=9)
    here.add_person("exempt@acme.example", exempt_until=until, exempt_because="At sea")
    here.add_person("reset@acme.example", must_set_up=True)
    found = policy.preview(here.services, a_visit(here), requiring(here))
    team = found.foreseen.parts[0]
    assert found.changes
    assert (team.people, team.set_up) == (7, 2)
    assert (team.asked, team.led, team.exempt, team.dormant) == (2, 4, 1, 0)
    assert team.asked + team.led + team.left_alone == team.people
    before = policy.preview(here.services, a_visit(here), default_rules()).foreseen.parts[0]
    assert (before.asked, before.led, before.dormant) == (1, 1, 1)
    assert me.policy.number == 0


def test_the_page_names_who_saved_what(here: World) -> None:
    me = an_admin(here)
    assert save(here, me, requiring(here)) == Done()
    view = policy.look(here.services, a_visit(here), me)
    assert isinstance(view, policy.PolicyView)
    assert [(one.version.number, one.by) for one in view.history if one.version.number] == [(1, "Adam Admin")]
    assert view.recommends == (Audience.END_USERS,)
