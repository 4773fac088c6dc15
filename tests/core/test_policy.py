"""The gate beside its table: what needs words of its own."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import DAY, FIRST, HOUR, NOW, evidence, held, proof
from twofold.core.assurance import (
    ACCESS_PASS,
    ADMIN_CODE,
    LINK_TRAITS,
    MAIL_LINK,
    MAILBOX,
    OPERATOR_LINK,
    OPERATOR_TRAITS,
    RECOVERY_CODE,
    Evidence,
    Proof,
)
from twofold.core.policy import (
    EVERY_SIGN_IN,
    Accepts,
    Admit,
    AskEnrolment,
    AskMailbox,
    AskSecondFactor,
    Because,
    Deny,
    Facts,
    Held,
    Reason,
    Requirement,
    Rules,
    Step,
    default_rules,
    needs_mailbox,
    next_step,
)
from twofold.core.roles import Audience, Role
from twofold.core.trust import Trust

STARTED = NOW - 10 * DAY
PERSON = Facts(audience=Audience.TEAM, role=Role.AGENT, created_at=NOW - 400 * DAY, held=(held(),))
LINK = Proof(kind=MAIL_LINK, at=NOW, traits=LINK_TRAITS)
OPERATOR = Proof(kind=OPERATOR_LINK, at=NOW, traits=OPERATOR_TRAITS)
CODE_TO_MAILBOX = Proof(kind=MAILBOX, at=NOW, traits=LINK_TRAITS)


def rules(
    *,
    starts_at: datetime | None = STARTED,
    skips: int | None = None,
    trust_for: timedelta = 30 * DAY,
    accepts: Accepts | None = None,
) -> Rules:
    required = None if starts_at is None else Requirement(starts_at=starts_at, grace_for=30 * DAY, skips=skips)
    team = replace(default_rules().team, required=required, trust_for=trust_for, accepts=accepts or Accepts())
    return Rules(team=team, end_users=default_rules().end_users)


def reasons_of(step: Step) -> set[Reason]:
    assert not isinstance(step, Deny)
    return {because.reason for because in step.reasons}


@given(
    kinds=st.lists(st.sampled_from(["totp", "email", "security_key", RECOVERY_CODE, ADMIN_CODE, MAILBOX]), max_size=4),
    chosen=st.booleans(),
    required=st.booleans(),
    trusted=st.booleans(),
)
def test_a_second_factor_alone_never_admits(kinds: list[str], chosen: bool, required: bool, trusted: bool) -> None:
    step = next_step(
        Evidence(tuple(proof(kind) for kind in kinds)),
        replace(PERSON, chosen=chosen),
        rules(starts_at=STARTED if required else None),
        Trust(proof()) if trusted else None,
        now=NOW,
    )
    assert step == Deny(Because(Reason.NO_FIRST_FACTOR))


@pytest.mark.parametrize("first", [FIRST, LINK, OPERATOR])
def test_the_second_factor_is_asked_for_whatever_came_first(first: Proof) -> None:
    step = next_step(Evidence((first,)), PERSON, rules(), None, now=NOW)
    assert isinstance(step, AskSecondFactor)
    assert step.usable == PERSON.held
    assert step.trust_ticked


def test_a_code_from_an_admin_works_beside_a_password_only() -> None:
    by_link = Evidence((LINK, proof(ADMIN_CODE)))
    assert isinstance(next_step(by_link, PERSON, rules(), None, now=NOW), AskSecondFactor)
    assert isinstance(next_step(evidence(ADMIN_CODE), PERSON, rules(), None, now=NOW), Admit)


@pytest.mark.parametrize(
    "accepts", [Accepts(needs_strong=True), Accepts(needs_phishing_resistant=True, kinds=frozenset({"security_key"}))]
)
@pytest.mark.parametrize("code", [RECOVERY_CODE, ADMIN_CODE])
def test_a_code_only_opens_set_up_where_policy_wants_something_stronger(accepts: Accepts, code: str) -> None:
    strong = replace(PERSON, held=(held("security_key"),))
    step = next_step(evidence(code), strong, rules(accepts=accepts), None, now=NOW)
    assert isinstance(step, AskEnrolment)
    assert not step.proved_mailbox_needed
    assert Reason.ONLY_OPENS_SET_UP in reasons_of(step)
    after_set_up = evidence(code, "security_key")
    assert isinstance(next_step(after_set_up, strong, rules(accepts=accepts), None, now=NOW), Admit)


@pytest.mark.parametrize(
    ("proofs", "needed"),
    [
        ((FIRST,), True),
        ((FIRST, CODE_TO_MAILBOX), False),
        ((OPERATOR,), False),
        ((LINK,), False),
        ((replace(LINK, at=NOW - 23 * HOUR), FIRST), False),
        ((replace(LINK, at=NOW - 24 * HOUR), FIRST), True),
        ((FIRST, proof(ADMIN_CODE)), False),
        ((FIRST, proof(RECOVERY_CODE)), False),
        ((FIRST, proof(ACCESS_PASS)), False),
        ((FIRST, proof()), False),
    ],
)
def test_the_mailbox_is_proved_before_a_first_enrolment(proofs: tuple[Proof, ...], needed: bool) -> None:
    assert needs_mailbox(Evidence(proofs), now=NOW) == needed


@pytest.mark.parametrize("holds", [(held(),), (), (held("email"),)])
@pytest.mark.parametrize("must_set_up", [False, True])
def test_an_access_pass_opens_set_up_and_nothing_else(holds: tuple[Held, ...], must_set_up: bool) -> None:
    person = replace(PERSON, held=holds, must_set_up=must_set_up)
    for starts_at, chosen in ((NOW - 31 * DAY, False), (None, True)):
        step = next_step(
            evidence(ACCESS_PASS), replace(person, chosen=chosen), rules(starts_at=starts_at), None, now=NOW
        )
        assert isinstance(step, AskEnrolment)
        assert not step.proved_mailbox_needed
        # The second factor that is set up with it is what admits.
        assert isinstance(
            next_step(
                evidence(ACCESS_PASS, "totp"), replace(person, held=(held(),)), rules(starts_at=NOW), None, now=NOW
            ),
            Admit,
        )
    by_link = Evidence((LINK, proof(ACCESS_PASS)))
    asks = next_step(by_link, replace(person, chosen=True), rules(starts_at=None), None, now=NOW)
    assert isinstance(asks, AskSecondFactor if holds else AskEnrolment), "beside a password only"


def test_an_access_pass_does_not_answer_for_a_new_browser() -> None:
    checked = Rules(team=replace(default_rules().team, checks_new_browsers=True), end_users=default_rules().end_users)
    somebody = replace(PERSON, held=())
    assert isinstance(next_step(evidence(ACCESS_PASS), somebody, checked, None, now=NOW), AskMailbox)
    assert isinstance(next_step(evidence(ADMIN_CODE), somebody, checked, None, now=NOW), Admit)


def test_set_up_after_a_reset_has_no_grace_and_asks_for_the_mailbox() -> None:
    step = next_step(evidence(), replace(PERSON, held=(), must_set_up=True), rules(starts_at=NOW), None, now=NOW)
    assert isinstance(step, AskEnrolment)
    assert step.proved_mailbox_needed
    assert {Reason.RESET, Reason.NOTHING_HELD} <= reasons_of(step)


@pytest.mark.parametrize(("skips", "skipped", "left"), [(None, 9, None), (3, 0, 3), (3, 2, 1)])
def test_later_says_until_when_and_how_often(skips: int | None, skipped: int, left: int | None) -> None:
    step = next_step(evidence(), replace(PERSON, held=(), skipped=skipped), rules(skips=skips), None, now=NOW)
    assert isinstance(step, Admit)
    assert step.notice_until == STARTED + 30 * DAY
    assert step.skips_left == left


@pytest.mark.parametrize("skipped", [3, 4])
def test_whoever_said_later_too_often_sets_up_now(skipped: int) -> None:
    step = next_step(evidence(), replace(PERSON, held=(), skipped=skipped), rules(skips=3), None, now=NOW)
    assert isinstance(step, AskEnrolment)
    assert Reason.GRACE_OVER in reasons_of(step)


def test_grace_begins_when_the_requirement_reaches_the_person() -> None:
    newcomer = replace(PERSON, held=(), created_at=NOW - DAY)
    step = next_step(evidence(), newcomer, rules(), None, now=NOW)
    assert isinstance(step, Admit)
    assert step.notice_until == NOW + 29 * DAY
    promoted = replace(PERSON, held=(), covered_from=NOW - 2 * DAY)
    step = next_step(evidence(), promoted, rules(), None, now=NOW)
    assert isinstance(step, Admit)
    assert step.notice_until == NOW + 28 * DAY


def test_trust_does_not_return_with_a_requirement() -> None:
    before = Trust(proof(at=STARTED - DAY))
    step = next_step(evidence(), PERSON, rules(), before, now=NOW)
    assert isinstance(step, AskSecondFactor)
    assert Because(Reason.TRUST_ENDED, STARTED) in step.reasons
    chose = replace(PERSON, chosen=True)
    assert isinstance(next_step(evidence(), chose, rules(), before, now=NOW), Admit)


@pytest.mark.parametrize(
    ("used_at", "confirmed_at", "lapsed"),
    [
        (STARTED - 31 * DAY, NOW - 300 * DAY, True),
        (STARTED - 30 * DAY, NOW - 300 * DAY, False),
        (NOW, NOW - 300 * DAY, False),
        (None, NOW - 300 * DAY, True),
        (None, NOW - DAY, False),
    ],
)
def test_what_lay_dormant_is_proved_once_or_set_up_anew(
    used_at: datetime | None, confirmed_at: datetime, lapsed: bool
) -> None:
    sleeper = replace(PERSON, held=(held(used_at=used_at, confirmed_at=confirmed_at),))
    step = next_step(evidence(), sleeper, rules(), None, now=NOW)
    assert isinstance(step, AskSecondFactor)
    assert step.may_set_up_instead == lapsed
    assert (Reason.LAPSED in reasons_of(step)) == lapsed
    assert isinstance(next_step(evidence("totp"), sleeper, rules(), None, now=NOW), Admit)


def test_whoever_was_asked_until_now_cannot_set_up_instead() -> None:
    old = (held(used_at=STARTED - 100 * DAY),)
    for asked in (replace(PERSON, held=old, chosen=True), replace(PERSON, held=old, must_set_up=True)):
        step = next_step(evidence(), asked, rules(), None, now=NOW)
        assert isinstance(step, AskSecondFactor)
        assert not step.may_set_up_instead


@pytest.mark.parametrize(
    ("audience", "role", "hours"), [(Audience.TEAM, Role.AGENT, 72), (Audience.END_USERS, Role.END_USER, 24)]
)
def test_a_mailed_passcode_does_not_count_after_a_reset_by_mail(audience: Audience, role: Role, hours: int) -> None:
    reset_at = NOW - HOUR
    person = replace(
        PERSON,
        audience=audience,
        role=role,
        chosen=True,
        held=(held("email"), held("totp")),
        proved_by_mailbox_at=reset_at,
    )
    counts_from = reset_at + hours * HOUR
    step = next_step(evidence("email"), person, rules(), None, now=counts_from - timedelta(seconds=1))
    assert isinstance(step, AskSecondFactor)
    assert step.usable == (held("totp"),)
    assert Because(Reason.PROVED_BY_MAILBOX, counts_from) in step.reasons
    assert isinstance(next_step(evidence("email"), person, rules(), None, now=counts_from), Admit)
    assert isinstance(next_step(evidence("totp"), person, rules(), None, now=NOW), Admit)
    assert isinstance(next_step(evidence(RECOVERY_CODE), person, rules(), None, now=NOW), Admit)


def test_after_a_reset_by_mail_an_app_is_asked_for_without_a_word_about_mail() -> None:
    person = replace(PERSON, proved_by_mailbox_at=NOW)
    assert Reason.PROVED_BY_MAILBOX not in reasons_of(next_step(evidence(), person, rules(), None, now=NOW))


def test_a_mailed_passcode_does_not_open_set_up_after_a_reset_by_mail() -> None:
    person = replace(PERSON, held=(held("email"),), proved_by_mailbox_at=NOW)
    only_app = rules(accepts=Accepts(kinds=frozenset({"totp"})))
    step = next_step(evidence("email"), person, only_app, None, now=NOW)
    assert isinstance(step, AskSecondFactor)
    assert step.usable == ()
    assert step.opens_only_set_up


@pytest.mark.parametrize(
    ("trust_for", "every_sign_in", "others", "shown", "ticked"),
    [
        (30 * DAY, False, False, True, True),
        (30 * DAY, True, False, True, False),
        (30 * DAY, False, True, True, False),
        (EVERY_SIGN_IN, False, False, False, False),
    ],
)
def test_the_step_says_how_the_box_is(
    trust_for: timedelta, every_sign_in: bool, others: bool, shown: bool, ticked: bool
) -> None:
    step = next_step(
        evidence(),
        replace(PERSON, every_sign_in=every_sign_in),
        rules(trust_for=trust_for),
        None,
        now=NOW,
        others_trusted_here=others,
    )
    assert isinstance(step, AskSecondFactor)
    assert (step.may_trust, step.trust_ticked, step.trust_for) == (shown, ticked, trust_for)


@pytest.mark.parametrize(
    ("person", "policy", "reason"),
    [
        (replace(PERSON, held=()), rules(starts_at=None), Reason.NOT_REQUIRED),
        (PERSON, rules(starts_at=None), Reason.DORMANT),
        (PERSON, rules(starts_at=NOW + DAY), Reason.REQUIREMENT_NOT_STARTED),
        (replace(PERSON, exempt_until=NOW + DAY, exempt_because="x"), rules(), Reason.EXEMPT),
        (replace(PERSON, exempt_until=NOW), rules(), Reason.EXEMPTION_OVER),
        (PERSON, rules(), Reason.REQUIRED_FOR_AUDIENCE),
        (replace(PERSON, chosen=True), rules(starts_at=None), Reason.CHOSEN),
        (replace(PERSON, held=()), rules(), Reason.IN_GRACE),
        (PERSON, rules(accepts=Accepts(kinds=frozenset({"email"}))), Reason.KIND_NO_LONGER_ALLOWED),
        (replace(PERSON, provider="Google"), rules(starts_at=None), Reason.SIGNS_IN_WITH_PROVIDER),
        (PERSON, rules(), Reason.UNKNOWN_BROWSER),
        (PERSON, rules(trust_for=EVERY_SIGN_IN), Reason.EVERY_SIGN_IN_BY_POLICY),
        (replace(PERSON, every_sign_in=True), rules(), Reason.EVERY_SIGN_IN_BY_CHOICE),
    ],
)
def test_every_answer_carries_its_reasons(person: Facts, policy: Rules, reason: Reason) -> None:
    assert reason in reasons_of(next_step(evidence(), person, policy, None, now=NOW))


@pytest.mark.parametrize(("days", "is_told"), [(1, False), (2, True)])
def test_an_exemption_that_lasts_into_a_requirement_is_told_before_that_starts(days: int, *, is_told: bool) -> None:
    person = replace(PERSON, exempt_until=NOW + days * DAY, exempt_because="on a boat")
    step = next_step(evidence(), person, rules(starts_at=NOW + DAY), None, now=NOW)
    assert isinstance(step, Admit)
    assert (Because(Reason.EXEMPT, NOW + days * DAY, "on a boat") in step.reasons) == is_told


def test_an_exemption_is_told_with_its_end_and_its_reason() -> None:
    person = replace(PERSON, exempt_until=NOW + DAY, exempt_because="new phone on Monday")
    step = next_step(evidence(), person, rules(), None, now=NOW)
    assert isinstance(step, Admit)
    assert Because(Reason.EXEMPT, NOW + DAY, "new phone on Monday") in step.reasons
