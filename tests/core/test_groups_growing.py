"""Groups whose rules contradict others, and groups that grow: nothing opens in silence."""

from dataclasses import replace

import pytest

from tests.core.test_groups import APP_ONLY, DAYS, MAIL_ONLY, NIGHT, rules
from tests.core.values import APP, DAY, MAIL, NOW
from twofold.core.groups import Extra, Group, Membership
from twofold.core.policy import Accepts, Weakening, Weaker, default_rules, weakenings
from twofold.core.roles import Audience, Role


def test_two_groups_that_contradict_each_other_open_nothing_that_the_audience_shuts() -> None:
    """The audience takes the app and texts; one group the app, another texts and mail: texts alone are left."""
    night = Extra(accepts=APP_ONLY)
    days = Extra(accepts=Accepts(kinds=frozenset({"sms", "email"})))
    made = rules(night=night, days=days)
    made = replace(made, team=replace(made.team, accepts=Accepts(kinds=frozenset({"totp", "sms"}))))
    for both in ((Membership(NIGHT), Membership(DAYS)), (Membership(DAYS), Membership(NIGHT))):
        assert not made.of(Audience.TEAM, both).accepts.admits("email", MAIL)
        assert any(made.of(Audience.TEAM, both).accepts.admits(kind, APP) for kind in ("totp", "sms"))


@pytest.mark.parametrize(
    "grown", [{"domains": frozenset({"night.example", "acme.example"})}, {"roles": frozenset({Role.ADMIN})}]
)
def test_a_group_whose_kinds_contradict_grows_in_nobodys_sleep(grown: dict[str, frozenset[object]]) -> None:
    base = default_rules()
    base = replace(base, team=replace(base.team, accepts=APP_ONLY))
    small = Group(name="Night", domains=frozenset({"night.example"}), extra=Extra(accepts=MAIL_ONLY))
    old, new = (
        replace(base, groups={NIGHT: one})
        for one in (small, replace(small, **grown))  # type: ignore[arg-type]
    )
    assert weakenings(old, new) == (Weakening(None, Weaker.KINDS_WEAKER, "Night"),)
    strict = replace(small, extra=Extra(accepts=APP_ONLY))
    old, new = (
        replace(base, groups={NIGHT: one})
        for one in (strict, replace(strict, **grown))  # type: ignore[arg-type]
    )
    assert weakenings(old, new) == ()


def test_an_exempt_group_that_grows_exempts_more() -> None:
    small = Group(name="Night", extra=Extra(exempt_until=NOW + DAY, exempt_because="Move"))
    old, new = (
        replace(default_rules(), groups={NIGHT: one}) for one in (small, replace(small, roles=frozenset({Role.AGENT})))
    )
    assert weakenings(old, new) == (Weakening(None, Weaker.EXEMPTED, "Night"),)
