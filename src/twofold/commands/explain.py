"""`./run explain EMAIL`: where a person stands, why, and what they would be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.commands.house import account_of, named, open_house, shown
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from twofold.flows.explain import Explanation
    from twofold.ports.accounts import Account


def run(given: Namespace) -> int:
    """Print the explanation; Unfit when nobody has the address."""
    _, services = open_house()
    account = account_of(services, given)
    # Imported here, as in every word: only this one needs it.
    from twofold.flows.explain import explain  # noqa: PLC0415

    found = explain(services, account, given.email)
    if found is None:
        raise Unfit(f"Nobody at {account.name} signs in with {given.email}.")
    for line in _lines(found, account):
        print(line)
    return 0


def _lines(found: Explanation, account: Account) -> Iterator[str]:
    from twofold.commands import said  # noqa: PLC0415

    person, where = found.person, found.standing
    yield f"{named(person)}, {person.role.value.replace('_', ' ')} at {account.name}"
    yield f"  Two-factor authentication: {said.word(where, account)}"
    for because in where.reasons:
        yield f"    because: {said.reason(because, account)}"
    if found.groups:
        yield f"  Groups: {', '.join(found.groups)}"
    if person.own_rule is not None:
        at = f" on {shown(found.own_rule_at, account)}" if found.own_rule_at is not None else ""
        by = f" Set by {found.own_rule_by or 'somebody who is gone'}{at}." if at else ""
        yield f"  Rule for this person alone: {'; '.join(said.own_rule(person.own_rule, account))}.{by}"
    yield f"  Ways that count: {', '.join(map(said.method, found.ways)) or 'none'}"
    yield f"  After the password, on a browser never seen before: {said.step(found.step, account)}"
    for known, what in found.browsers:
        yield f"  On {known.name}, last used {shown(known.last_used_at, account)}: {said.step(what, account)}"
    for one in found.held:
        used = f", last used {shown(one.last_used_at, account)}" if one.last_used_at is not None else ""
        named_one = said.method(one.kind, thing=one.thing, label=one.label)
        yield f"  Holds: {named_one}, set up {shown(one.confirmed_at, account)}{used}"
    if found.codes.made_at is not None:
        yield f"  Recovery codes left: {found.codes.left}, made {shown(found.codes.made_at, account)}"
    last = person.last_sign_in_at
    yield f"  Last sign-in: {shown(last, account) if last is not None else 'never'}"
    if not found.obstacles:
        yield "  Nothing stands in their way."
    for obstacle in found.obstacles:
        yield f"  In the way: {said.obstacle(obstacle, account)}"
    yield f"  Policy: version {found.policy_number}. Asked at {shown(found.now, account)}."
