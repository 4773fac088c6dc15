"""What `doctor` looks at about text messages: whether the provider would take them, and where they may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonenumbers import SUPPORTED_REGIONS

from twofold.commands.findings import Finding, Mark
from twofold.core import texts as rules
from twofold.delivery.senders import NotSent
from twofold.delivery.sms import house
from twofold.delivery.sms.post import texts_are_public_only
from twofold.delivery.sms.registry import KINDS
from twofold.flows import failed_sends, sending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.ports.accounts import Account
    from twofold.ports.services import Services
    from twofold.settings import Settings

_ABOUT = "texts"


def texts(settings: Settings, services: Services, account: Account) -> Iterator[Finding]:
    """Ask the provider whether it knows us, and say where texts may go; nothing is sent."""
    kept, _ = services.kept.load(account.id, house.KEPT)
    sender = house.sender_of(settings, kept)
    if sender is None:
        yield Finding(Mark.NOTE, _ABOUT, "no provider is named; nobody is offered codes by text")
        return
    host = rules.address_of(sender).partition("://")[2].partition("/")[0].partition("?")[0]
    public_only = texts_are_public_only(settings, len(services.accounts.all()))
    try:
        said = KINDS[sender.provider].build(sender, public_only=public_only).check()
    except NotSent as problem:
        yield Finding(Mark.BAD, _ABOUT, f"{sender.provider.value} at {host}: {problem}")
    else:
        yield Finding(Mark.GOOD, _ABOUT, f"{sender.provider.value} at {host} {said}")
    yield _where(services, account)
    if not account.base_url.startswith("https://"):
        yield Finding(
            Mark.NOTE, _ABOUT, "providers cannot tell what became of a text: the help desk has no public address yet"
        )
    failed = sum(one.count for one in failed_sends.look(services, account.id) if one.channel == "sms")
    if failed:
        yield Finding(
            Mark.NOTE, _ABOUT, f"{failed} did not arrive in the last 24 hours; Admin Center > Security says why"
        )


def _where(services: Services, account: Account) -> Finding:
    limits = services.texts.limits(account.id)
    used = sending.texts_today(services, account.id, now=services.clock.now())
    budget = f"{used} of {limits.budget_a_day} used today"
    if limits.countries is None:
        return Finding(
            Mark.NOTE, _ABOUT, f"go to every country: whoever pumps texts is stopped by the budget alone; {budget}"
        )
    strange = limits.countries - SUPPORTED_REGIONS
    if strange:
        return Finding(Mark.BAD, _ABOUT, f"no region is called {', '.join(sorted(strange))}; {budget}")
    if not limits.countries:
        return Finding(Mark.BAD, _ABOUT, "no country is ticked, so they go nowhere")
    return Finding(Mark.GOOD, _ABOUT, f"go to {', '.join(sorted(limits.countries))}; {budget}")
