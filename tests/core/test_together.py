"""Combinations of rules: what is stricter in every part and weaker for somebody in whom several meet."""

from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_groups import DAYS, NIGHT
from tests.core.values import DAY, NOW
from twofold.core.groups import Extra, Group, Membership
from twofold.core.policy import Accepts, Requirement, Rules, default_rules, weakenings
from twofold.core.roles import Audience
from twofold.core.together import Together, may_be
from twofold.core.weakenings import Weaker, asks_less, weaker_for_person

TEAM = Audience.TEAM
KINDS = ("totp", "sms", "email")
IN_BOTH = (Membership(DAYS), Membership(NIGHT))


def only(*kinds: str) -> Accepts:
    return Accepts(kinds=frozenset(kinds))


def rules(team: Accepts, days: Accepts | None = None, night: Accepts | None = None) -> Rules:
    base = default_rules()
    given_to = {DAYS: ("Days", days), NIGHT: ("Night", night)}
    groups = {
        group_id: Group(name=name, extra=Extra(accepts=accepts))
        for group_id, (name, accepts) in given_to.items()
        if accepts is not None
    }
    return replace(base, team=replace(base.team, accepts=team), groups=groups)


def test_a_stricter_group_lets_weaker_kinds_count_for_somebody_in_two() -> None:
    old = rules(Accepts(), days=only("totp", "sms"), night=only("totp", "email"))
    new = rules(Accepts(), days=only("sms"), night=only("totp", "email"))
    assert not weakenings(old, new), "by its parts it only became stricter"
    together = Together(old, new)
    assert together.is_weaker(TEAM, IN_BOTH, IN_BOTH, None), "the app alone, and now the app or mail"
    assert together.is_weaker(TEAM, IN_BOTH, IN_BOTH, None), "of the next person like this, too"
    for one in IN_BOTH:
        assert not together.is_weaker(TEAM, (one,), (one,), None)
    assert not together.is_weaker(TEAM, (), (), None)


def test_a_rule_of_ones_own_is_part_of_it() -> None:
    old, new = rules(only("totp", "sms")), rules(only("sms"))
    own = Extra(accepts=only("totp", "email"))
    assert not weakenings(old, new)
    assert Together(old, new).is_weaker(TEAM, (), (), own)
    assert not Together(old, new).is_weaker(TEAM, (), (), Extra(accepts=only("sms")))


def test_what_is_told_of_anyway_is_not_told_twice() -> None:
    old = rules(only("totp"), days=only("totp", "sms"))
    new = rules(only("totp", "sms", "email"), days=only("totp", "sms"))
    assert [one.weaker for one in weakenings(old, new)] == [Weaker.KINDS_WEAKER]
    days = (Membership(DAYS),)
    assert not Together(old, new).is_weaker(TEAM, days, days, None)
    looser = rules(only("totp"), days=only("email"))
    assert not Together(old, looser).is_weaker(TEAM, days, days, None)


def test_what_requires_less_of_somebody_asks_less() -> None:
    base = default_rules().team
    now = replace(base, required=Requirement(starts_at=NOW))
    later = replace(base, required=Requirement(starts_at=NOW + DAY))
    for old, new, less in ((now, base, True), (now, later, True), (later, now, False), (base, now, False)):
        assert asks_less(old, new) is less
    assert not asks_less(now, replace(now, trust_for=90 * DAY)), "how often is not whether"


def test_only_kinds_and_who_belongs_can_do_it() -> None:
    old = rules(only("totp"), days=only("totp"))
    assert not may_be(old, replace(old, team=replace(old.team, trust_for=9 * DAY)))
    assert may_be(old, rules(only("sms"), days=only("totp")))
    assert may_be(old, rules(only("totp"), days=only("totp", "sms")))
    grown = replace(old.groups[DAYS], domains=frozenset({"acme.example"}))
    assert may_be(old, replace(old, groups={DAYS: grown}))
    assert may_be(old, rules(only("totp")))


REQUIRED = st.sampled_from(
    [
        None,
        *(
            Requirement(starts_at=NOW + start * DAY, grace_for=grace * DAY, skips=skips)
            for start, grace, skips in product((0, 1), (0, 2), (None, 1))
        ),
    ]
)
ACCEPTS = st.builds(
    Accepts,
    kinds=st.one_of(st.none(), st.frozensets(st.sampled_from(KINDS), min_size=1)),
    needs_strong=st.booleans(),
    needs_phishing_resistant=st.booleans(),
)
EXTRA = st.builds(Extra, required=REQUIRED, accepts=ACCEPTS, trust_for=st.sampled_from([None, DAY, 2 * DAY, 30 * DAY]))
WHOLE = st.builds(
    lambda required, accepts, trust, days, night: replace(
        default_rules(),
        team=replace(default_rules().team, required=required, accepts=accepts, trust_for=trust),
        groups={DAYS: Group(name="Days", extra=days), NIGHT: Group(name="Night", extra=night)},
    ),
    REQUIRED,
    ACCEPTS,
    st.sampled_from([DAY, 2 * DAY, 30 * DAY]),
    EXTRA,
    EXTRA,
)


@given(old=WHOLE, new=WHOLE, own=st.one_of(st.none(), EXTRA))
def test_nobody_is_asked_less_in_silence(old: Rules, new: Rules, own: Extra | None) -> None:
    """Whatever becomes weaker for somebody is told of by audience, by group, or by what is found together."""
    for belongs in ((), (Membership(DAYS),), IN_BOTH):
        whose = {"", *(new.groups[one.group].name for one in belongs)}
        told = {one.weaker for one in weakenings(old, new) if one.audience in (TEAM, None) and one.group in whose}
        found = set(weaker_for_person(old.of(TEAM, belongs, own), new.of(TEAM, belongs, own)))
        if Together(old, new).is_weaker(TEAM, belongs, belongs, own):
            found.discard(Weaker.KINDS_WEAKER)
        if Weaker.REQUIREMENT_OFF in told:
            # What others still want of them then begins later, or has more of a grace.
            found -= {Weaker.REQUIREMENT_LATER, Weaker.GRACE_LONGER}
        assert found <= told
