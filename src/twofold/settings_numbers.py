"""The numbers that an operator set, as the rules take them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from twofold import limits
from twofold.core import freshness, helping, sent_codes, sign_up, thinning
from twofold.core.links import LIVES, Purpose
from twofold.core.numbers import Numbers
from twofold.core.throttle import (
    ADDRESS_PASSWORDS,
    ADDRESS_SECOND_FACTORS,
    LANES,
    AddressLimit,
    Lane,
    LaneRules,
    lanes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.settings import Settings


def rules_of(settings: Settings) -> Mapping[Lane, LaneRules]:
    """Return the rules of every lane, with the operator's numbers in place of the defaults."""
    second_factors, hard_stop = limits.windows(settings.limit_second_factors), settings.limit_hard_stop
    numbers = {
        Lane.UNKNOWN_BROWSERS: second_factors,
        Lane.KNOWN_BROWSER: second_factors,
        Lane.RECOVERY: limits.windows(settings.limit_recovery_codes),
        Lane.PASSWORD: limits.windows(settings.limit_passwords),
        Lane.PASSWORD_DAY: limits.windows(settings.limit_passwords_by_strangers),
    }
    own = {lane: replace(LANES[lane], windows=given) for lane, given in numbers.items()}
    for lane in (Lane.UNKNOWN_BROWSERS, Lane.KNOWN_BROWSER):
        own[lane] = replace(own[lane], hard_stop=hard_stop)
    return lanes(own)


def numbers_of(settings: Settings) -> Numbers:
    """Return the numbers, with the operator's in place of the defaults."""
    short, long = timedelta(minutes=settings.link_minutes), timedelta(days=settings.invitation_days)
    links = {Purpose.CONFIRMATION: short, Purpose.PASSWORD_RESET: short, Purpose.SIGN_UP: short}
    links |= {Purpose.INVITATION: long, Purpose.SET_UP_NOW: long}
    return Numbers(
        lanes=rules_of(settings),
        sign_in=limits.minutes(settings.sign_in_minutes),
        set_up=limits.minutes(settings.set_up_minutes),
        fresh=freshness.Limits(
            fresh_for=timedelta(minutes=settings.fresh_minutes),
            after_recovery_for=timedelta(minutes=settings.fresh_after_recovery_minutes),
        ),
        codes=replace(
            sent_codes.EMAIL,
            life=timedelta(minutes=settings.code_minutes),
            an_hour=settings.limit_codes_an_hour,
            a_day=settings.limit_codes_a_day,
            to_number=settings.limit_texts_to_number,
        ),
        link_lives={**LIVES, **links},
        address_second_factors=_for_address(ADDRESS_SECOND_FACTORS, settings.limit_address_second_factors),
        address_passwords=_for_address(ADDRESS_PASSWORDS, settings.limit_address_passwords),
        trusted_networks=settings.trusted_networks,
        helping=helping.Limits(
            code_lives=timedelta(hours=settings.helper_code_hours),
            calls=limits.windows(settings.limit_help_calls),
            call_mails=limits.windows(settings.limit_help_call_mails),
            agents=limits.windows(settings.limit_agent_helps),
            reminders=limits.hours(settings.approval_reminder_hours),
        ),
        thinning=thinning.Limits(
            of_account=settings.limit_events_of_strangers, of_address=settings.limit_events_of_address
        ),
        sign_ups=sign_up.Limits(
            a_day=settings.limit_sign_ups_a_day,
            of_address=_for_address(sign_up.DEFAULTS.of_address, settings.limit_address_sign_ups),
        ),
    )


def _for_address(default: AddressLimit, text: str) -> AddressLimit:
    window = limits.one_window(text)
    return replace(default, most=window.most, within=window.within)
