"""What a saved policy is told to: the audit log, every owner and admin, and whoever is no longer asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.policy import weakenings
from twofold.core.roles import Audience
from twofold.flows import called_off, dormant_told, journal, set_up_told, ways_told, weaker_together
from twofold.flows.notices import tell_helpers

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.groups import Group
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.core.wanted import Requirement
    from twofold.core.weakenings import Weakening, Weaker
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.accounts import Account
    from twofold.ports.policy import PolicyVersion
    from twofold.ports.services import Services

GROUP: Final = "group"
PERSON: Final = "person"


def record_and_tell(
    services: Services, visit: Visit, me: SignedIn, old: PolicyVersion, new: PolicyVersion, *, page: str, now: datetime
) -> None:
    """Record a saved policy with what stood before, and tell whom it concerns, in the caller's transaction."""
    found = weakenings(old.rules, new.rules)
    journal.record(
        services,
        visit,
        "policy.changed",
        now=now,
        person=None,
        actor=me.person.id,
        detail={
            "number": new.number,
            "because": new.because,
            "before": _shown(old.rules, new.rules),
            "after": _shown(new.rules, old.rules),
            "weakens": [f"{one.audience or GROUP}.{one.weaker}" for one in found],
        },
    )
    tell_of_weaker(services, visit, me, [_change(one) for one in found], page=page, now=now, because=new.because)
    by = me.person.name or me.person.email
    weaker_together.put(services, visit.account, old, new, by=by, url=_url(visit, page), now=now)
    tell_whom_it_concerns(services, visit.account, old, new, now=now)


def tell_whom_it_concerns(
    services: Services, account: Account, old: PolicyVersion, new: PolicyVersion, *, now: datetime
) -> None:
    """Put the jobs that mail everybody whom it asks, asks no longer, asks on another day, or for another way.

    rehearsal.py counts them. Within the caller's transaction.
    """
    _tell_whom_it_asks_no_longer(services, account, old.rules, new, now=now)
    set_up_told.put_for(services, account, old, new, now=now)
    called_off.put_for(services, account, old.rules, new.rules, now=now)
    ways_told.put_for(services, account, old, new, now=now)


def tell_of_weaker(
    services: Services,
    visit: Visit,
    me: SignedIn,
    changes: list[JsonObject],
    *,
    page: str,
    now: datetime,
    because: str = "",
) -> None:
    """Mail every owner and admin what asks for less now and why, with a link to where it can be put back."""
    if changes:
        by = me.person.name or me.person.email
        told: JsonObject = {"by": by, "changes": [*changes], "because": because, "url": _url(visit, page)}
        tell_helpers(services, visit.account, "policy_weakened", told, now=now)


def change(weaker: Weaker, whose: str, *, name: str = "", group: str = "") -> JsonObject:
    """Return one line of that mail: `whose` is an audience, GROUP or PERSON, `name` the group's or the person's."""
    return {"code": f"{whose}.{weaker}", "name": name, "group": group}


def _change(one: Weakening) -> JsonObject:
    return change(one.weaker, one.audience or GROUP, name=one.group)


def _url(visit: Visit, page: str) -> str:
    return f"{visit.account.base_url}{page}"


def _shown(rules: Rules, other: Rules) -> JsonObject:
    """Return the rules as the log keeps them: of the groups only those that the change touches."""
    touched: JsonObject = {
        group_id: group.to_json()
        for group_id, group in sorted(rules.groups.items())
        if other.groups.get(group_id) != group
    }
    return {**rules.to_json(), "groups": touched}


def _tell_whom_it_asks_no_longer(
    services: Services, account: Account, old: Rules, saved: PolicyVersion, *, now: datetime
) -> None:
    # A requirement that never began asked nobody, so there is nothing to tell.
    new = saved.rules
    audiences = [
        one
        for one in Audience
        if _has_begun(old.for_(one).required, now) and not _has_begun(new.for_(one).required, now)
    ]
    is_of_groups = any(
        _has_begun(group.extra.required, now) and _asks_fewer(group, new.groups.get(group_id), now)
        for group_id, group in old.groups.items()
    )
    if audiences or is_of_groups:
        end_users = is_of_groups or Audience.END_USERS in audiences
        dormant_told.put(services, account, saved.number, end_users=end_users, now=now)


def _has_begun(required: Requirement | None, now: datetime) -> bool:
    return required is not None and required.starts_at <= now


def _asks_fewer(old: Group, new: Group | None, now: datetime) -> bool:
    if new is None or not _has_begun(new.extra.required, now):
        return True
    return not (old.domains <= new.domains and old.roles <= new.roles)
