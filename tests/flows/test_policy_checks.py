"""What stands in the way of saving a policy, and what a saved one tells: ways, groups, dates and new browsers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.profile_kit import a_visit, choose, enter, hold
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.policy import Accepts, Requirement, RuleProblem, default_rules
from twofold.core.roles import Audience, Role
from twofold.flows import own_rules, policy
from twofold.flows.outcomes import Done, NeedsProof, Refuse
from twofold.flows.policy import BadRules, NotMet, SetUpFirst
from twofold.flows.selected import Became, Selected
from twofold.ports.jobs import TELL_DORMANT

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.core.policy import Rules
    from twofold.flows.visit import SignedIn

NIGHT = GroupId("n" * 26)
APP_ONLY = Accepts(kinds=frozenset({"totp"}))
MAIL_ONLY = Accepts(kinds=frozenset({"email"}))


@pytest.fixture
def me(here: World) -> SignedIn:
    person = here.add_person("adam@acme.example", role=Role.ADMIN, name="Adam Admin")
    app = hold(here, person.id)
    choose(here, person.id)
    return enter(here, person.email, app)


def save(here: World, me: SignedIn, rules: Rules) -> policy.SaveOutcome:
    number = here.services.policy.current(here.account.id).number
    return policy.save(here.services, a_visit(here), me, number=number, rules=rules)


def team(**more: object) -> Rules:
    rules = default_rules()
    return replace(rules, team=replace(rules.team, **more))  # type: ignore[arg-type]  # fields by name


def grouped(extra: Extra, **more: object) -> Rules:
    group = replace(Group(name="Night shift", extra=extra), **more)  # type: ignore[arg-type]  # fields by name
    return replace(default_rules(), groups={NIGHT: group})


def problems(outcome: policy.SaveOutcome) -> list[tuple[object, RuleProblem]]:
    assert isinstance(outcome, BadRules)
    return list(outcome.problems)


def test_new_browsers_are_checked_only_where_mail_can_be_sent(here: World, me: SignedIn) -> None:
    checking = team(checks_new_browsers=True)
    here.outbox.closed.add("email")
    assert problems(save(here, me, checking)) == [(Audience.TEAM, RuleProblem.NEEDS_MAIL)]
    here.outbox.closed.clear()
    assert save(here, me, checking) == Done()
    here.outbox.closed.add("email")
    changed = replace(checking, team=replace(checking.team, trust_for=timedelta(days=7)))
    assert save(here, me, changed) == Done(), "what broke later stops no other change"


def test_what_nobody_could_meet_is_refused_once(here: World, me: SignedIn) -> None:
    weak = Accepts(kinds=frozenset({"sms", "email"}))
    strong_and_weak = replace(weak, needs_strong=True)
    assert problems(save(here, me, team(accepts=strong_and_weak))) == [(Audience.TEAM, RuleProblem.NO_WAY_LEFT)]
    here.outbox.closed.update({"sms", "email"})
    assert problems(save(here, me, team(accepts=weak))) == [(Audience.TEAM, RuleProblem.NOTHING_CAN_BE_SENT)]
    assert problems(save(here, me, team(accepts=Accepts(kinds=frozenset())))) == [
        (Audience.TEAM, RuleProblem.NO_KIND_LEFT)
    ]
    assert problems(save(here, me, grouped(Extra(accepts=strong_and_weak)))) == [(NIGHT, RuleProblem.NO_WAY_LEFT)]
    beside = replace(
        grouped(Extra(accepts=weak)), team=replace(default_rules().team, accepts=Accepts(needs_strong=True))
    )
    here.outbox.closed.clear()
    assert problems(save(here, me, beside)) == [(NIGHT, RuleProblem.NO_WAY_LEFT)]


def test_nobody_saves_a_groups_rule_that_they_do_not_meet(here: World, me: SignedIn) -> None:
    assert save(here, me, grouped(Extra(accepts=MAIL_ONLY))) == NotMet(NIGHT)
    assert save(here, me, grouped(Extra(accepts=APP_ONLY))) == Done()
    here.services.groups.add(here.account.id, NIGHT, [me.person.id], at=here.clock.now())
    lenient = Extra(accepts=replace(MAIL_ONLY, old_ones_count=True))
    assert save(here, me, grouped(lenient)) == Done(), "what they hold goes on counting"


def test_nobody_saves_what_would_name_them_and_they_do_not_meet(here: World, me: SignedIn) -> None:
    # Nobody belongs to it yet, so somebody who holds mail could have saved it.
    rules = grouped(Extra(accepts=MAIL_ONLY))
    version = replace(here.services.policy.current(here.account.id), number=1, rules=rules)
    assert here.services.policy.add(here.account.id, version)
    takes_me = grouped(Extra(accepts=MAIL_ONLY), domains=frozenset({"acme.example"}))
    assert save(here, me, takes_me) == NotMet(Audience.TEAM)


def test_dates_and_starts_of_what_is_put_back_are_still_to_come(here: World, me: SignedIn) -> None:
    past = here.clock.now() - timedelta(days=9)
    extra = Extra(required=Requirement(starts_at=past), accepts=replace(APP_ONLY, old_ones_prove_until=past))
    assert save(here, me, grouped(extra)) == Done()
    saved = here.services.policy.current(here.account.id).rules.groups[NIGHT].extra
    assert saved.required is not None
    assert saved.required.starts_at == here.clock.now()
    assert saved.accepts.old_ones_prove_until == here.clock.now() + timedelta(days=14)
    assert save(here, me, grouped(replace(saved, trust_for=timedelta(0)))) == Done()
    again = here.services.policy.current(here.account.id).rules.groups[NIGHT].extra
    assert again.accepts == saved.accepts, "what stays as it was keeps its date"


def test_a_weaker_group_is_mailed_with_its_name(here: World, me: SignedIn) -> None:
    asking = Extra(required=Requirement(starts_at=here.clock.now()))
    assert save(here, me, grouped(asking)) == Done()
    assert not here.outbox.messages
    assert save(here, me, default_rules()) == Done()
    (told,) = [message for message in here.outbox.messages if message.template == "policy_weakened"]
    assert told.params["changes"] == [{"code": "group.group_smaller", "name": "Night shift", "group": ""}]
    (job,) = [job for job in here.jobs.all(here.account.id) if job.kind == TELL_DORMANT]
    assert job.body == {"number": 2, "end_users": True, "after": ""}


def test_the_log_keeps_of_groups_what_was_changed(here: World, me: SignedIn) -> None:
    first = grouped(Extra(trust_for=timedelta(0)))
    assert save(here, me, first) == Done()
    second = replace(first, groups={**first.groups, GroupId("d" * 26): Group(name="Day shift")})
    assert save(here, me, second) == Done()
    newest = next(event for event in here.audit.all(here.account.id) if event.detail.get("number") == 2)
    before, after = newest.detail["before"], newest.detail["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["groups"] == {}
    assert isinstance(after["groups"], dict)
    assert list(after["groups"]) == ["d" * 26]


def allow(here: World, me: SignedIn, *people: object, accepts: Accepts = APP_ONLY) -> own_rules.Outcome:
    ids = [person.id for person in people]  # type: ignore[attr-defined]  # people of the world
    return own_rules.save(here.services, a_visit(here), me, ids, Extra(accepts=accepts))


def test_a_requirement_of_ones_own_that_has_begun_goes_on(here: World, me: SignedIn) -> None:
    wanted = Requirement(starts_at=here.clock.now())
    ann = here.add_person("ann@acme.example", own_rule=Extra(required=wanted))
    here.clock.move(timedelta(minutes=1))
    again = Extra(required=Requirement(starts_at=here.clock.now()), accepts=APP_ONLY)
    assert isinstance(own_rules.save(here.services, a_visit(here), me, [ann.id], again), Selected)
    assert here.person(ann.id).own_rule == Extra(required=wanted, accepts=APP_ONLY)


def test_a_rule_of_ones_own_that_contradicts_everybodys_is_mailed(here: World, me: SignedIn) -> None:
    assert save(here, me, team(accepts=APP_ONLY)) == Done()
    me = replace(me, policy=here.services.policy.current(here.account.id))
    ann = here.add_person("ann@acme.example", name="Ann")
    own = replace(APP_ONLY, kinds=frozenset({"email"}))
    assert allow(here, me, ann, accepts=own) == NotMet(Audience.TEAM)
    both = replace(own, kinds=frozenset({"email"}), old_ones_count=True)
    assert isinstance(allow(here, me, ann, accepts=both), Selected)
    told = [message for message in here.outbox.messages if message.template == "policy_weakened"]
    assert told[-1].params["changes"] == [{"code": "person.kinds_weaker", "name": "Ann", "group": ""}]


def test_whoever_was_changed_at_the_same_moment_is_left_and_named(
    here: World, me: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = here.add_person("ann@acme.example"), here.add_person("ben@acme.example")
    really = here.services.people.replace

    def replace_others(account: object, old: object, new: object) -> bool:
        return old.id != ann.id and really(account, old, new)  # type: ignore[attr-defined,arg-type]  # as the port has it

    monkeypatch.setattr(here.services.people, "replace", replace_others)
    outcome = allow(here, me, ann, ben)
    assert isinstance(outcome, Selected)
    assert [line.became for line in outcome.lines] == [Became.CHANGED_MEANWHILE, Became.DONE]
    assert here.person(ann.id).own_rule is None


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR, Role.END_USER])
def test_others_decide_nothing(here: World, role: Role) -> None:
    person = here.add_person("nosy@acme.example", role=role)
    me = enter(here, person.email, hold(here, person.id))
    ann = here.add_person("ann@acme.example")
    assert isinstance(allow(here, me, ann), Refuse)
    assert isinstance(own_rules.look(here.services, a_visit(here), me, [ann.id]), Refuse)


def test_an_admin_proves_and_holds_something_first(here: World, me: SignedIn) -> None:
    ann = here.add_person("ann@acme.example")
    here.clock.move(timedelta(minutes=6))
    assert isinstance(allow(here, me, ann), NeedsProof)
    bare = here.add_person("bea@acme.example", role=Role.ADMIN)
    assert allow(here, enter(here, bare.email), ann) == SetUpFirst()
