"""The settings for what is limited: wrong answers, sent codes, and how long things live."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from twofold import limits
from twofold.core import attempts, freshness, helping, sent_codes, sign_up, thinning, throttle
from twofold.core.links import LIVES, Purpose
from twofold.core.numbers import Network  # noqa: TC001 -- pydantic reads it
from twofold.core.throttle import LANES, Lane


class LimitSettings(BaseSettings):
    """Every number stands once in core, where it is the default, and here, where it may be another."""

    limit_second_factors: str = Field(
        default=limits.shown(LANES[Lane.UNKNOWN_BROWSERS].windows),
        description="How many wrong second factors in which time make a person wait, counted apart for browsers they "
        "are known on and all others: `5/15m` is five in 15 minutes.",
    )
    limit_hard_stop: int = Field(
        default=LANES[Lane.UNKNOWN_BROWSERS].hard_stop or 0,
        ge=10,
        le=100,
        description="How many wrong second factors since the last right one stop that way in until somebody helps; "
        "100 at most (NIST SP 800-63B-4).",
    )
    limit_recovery_codes: str = Field(
        default=limits.shown(LANES[Lane.RECOVERY].windows),
        description="How many wrong recovery codes in which time make a person wait.",
    )
    limit_passwords: str = Field(
        default=limits.shown(LANES[Lane.PASSWORD].windows),
        description="How many wrong passwords for a person from one network address, in which time.",
    )
    limit_passwords_by_strangers: str = Field(
        default=limits.shown(LANES[Lane.PASSWORD_DAY].windows),
        description="How many wrong passwords for a person from all browsers they are not known on, in which time.",
    )
    limit_address_second_factors: str = Field(
        default=limits.shown_address(throttle.ADDRESS_SECOND_FACTORS),
        description="How many wrong second factors from one network address, by people who do not get in, in which "
        "time: one limit, like `30/15m`.",
    )
    limit_address_passwords: str = Field(
        default=limits.shown_address(throttle.ADDRESS_PASSWORDS), description="The same for wrong passwords."
    )
    trusted_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Networks from which ten times as much may go wrong, as CIDRs with commas between: a large office "
        "behind one address. The limits for each person stay.",
    )
    code_minutes: int = Field(
        default=int(sent_codes.EMAIL.life.total_seconds()) // 60,
        ge=1,
        le=10,
        description="For how many minutes a code works that was mailed or texted.",
    )
    limit_codes_an_hour: int = Field(
        default=sent_codes.EMAIL.an_hour,
        ge=1,
        le=60,
        description="How many codes one person is mailed, how many texted,"
        " and how many links to a new password, in an hour.",
    )
    limit_codes_a_day: int = Field(default=sent_codes.EMAIL.a_day, ge=1, le=200, description="The same in 24 hours.")
    limit_texts_to_number: int = Field(
        default=sent_codes.EMAIL.to_number,
        ge=1,
        le=200,
        description="How many texts go to one number in 24 hours, whoever asks.",
    )
    sign_in_minutes: str = Field(
        default=limits.shown_minutes(attempts.SIGN_IN),
        description="For how many minutes an unfinished sign-in lives: from its last step, and in all.",
    )
    set_up_minutes: str = Field(
        default=limits.shown_minutes(attempts.SET_UP), description="The same once it has come to setting up."
    )
    fresh_minutes: int = Field(
        default=int(freshness.FRESH_FOR.total_seconds()) // 60,
        ge=1,
        le=30,
        description="For how many minutes a proof is fresh enough to change how one signs in.",
    )
    fresh_after_recovery_minutes: int = Field(
        default=int(freshness.FRESH_AFTER_RECOVERY_FOR.total_seconds()) // 60,
        ge=1,
        le=60,
        description="The same once after a recovery code, for replacing what was lost.",
    )
    link_minutes: int = Field(
        default=int(LIVES[Purpose.PASSWORD_RESET].total_seconds()) // 60,
        ge=5,
        le=240,
        description="For how many minutes a mailed link to a new password, to sign up, or to confirm something, works.",
    )
    invitation_days: int = Field(
        default=LIVES[Purpose.INVITATION].days,
        ge=1,
        le=30,
        description=(
            "For how many days an invitation and a mailed “Set up now” work; “Set up now” until it is due at the "
            "least, for up to 30 days."
        ),
    )

    helper_code_hours: int = Field(
        default=int(helping.CODE_LIVES.total_seconds()) // 3600,
        ge=1,
        le=72,
        description="For how many hours a recovery code works that a helper or the operator gave.",
    )
    approval_reminder_hours: str = Field(
        default=limits.shown_hours(helping.DEFAULTS.reminders),
        description="After how many hours those who may agree to what a helper asks for are reminded, while nobody "
        "decided: `4/20` is after 4 and after 20, `0` never.",
    )
    limit_help_calls: str = Field(
        default=limits.shown(helping.DEFAULTS.calls),
        description="How often one person asks for help from the sign-in pages, in which time.",
    )
    limit_help_call_mails: str = Field(
        default=limits.shown(helping.DEFAULTS.call_mails),
        description="About how many of these calls helpers are mailed, in which time; all are listed.",
    )
    limit_agent_helps: str = Field(
        default=limits.shown(helping.DEFAULTS.agents),
        description="How often an agent who may help end users does so, in which time.",
    )

    limit_events_of_strangers: int = Field(
        default=thinning.DEFAULTS.of_account,
        ge=10,
        le=100_000,
        description="How many refused passwords and asked-for links an hour the audit log of an account lists one by "
        "one; of more, each that doubles their number.",
    )
    limit_events_of_address: int = Field(
        default=thinning.DEFAULTS.of_address, ge=10, le=100_000, description="The same from one network address."
    )

    limit_sign_ups_a_day: int = Field(
        default=sign_up.DEFAULTS.a_day,
        ge=1,
        le=1_000_000,
        description="How many people may ask to sign up on one day (UTC), where an account lets them.",
    )
    limit_address_sign_ups: str = Field(
        default=limits.shown_address(sign_up.DEFAULTS.of_address),
        description="How many may ask to sign up from one network address, in which time: one limit.",
    )

    @field_validator(
        "limit_second_factors",
        "limit_recovery_codes",
        "limit_passwords",
        "limit_passwords_by_strangers",
        "limit_help_calls",
        "limit_help_call_mails",
        "limit_agent_helps",
    )
    @classmethod
    def _windows(cls, value: str) -> str:
        return limits.shown(limits.windows(value))

    @field_validator("limit_address_second_factors", "limit_address_passwords", "limit_address_sign_ups")
    @classmethod
    def _one_window(cls, value: str) -> str:
        return limits.shown([limits.one_window(value)])

    @field_validator("sign_in_minutes", "set_up_minutes")
    @classmethod
    def _minutes(cls, value: str) -> str:
        return limits.shown_minutes(limits.minutes(value))

    @field_validator("approval_reminder_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        return limits.shown_hours(limits.hours(value))

    @field_validator("trusted_networks", mode="before")
    @classmethod
    def _trusted(cls, value: object) -> object:
        return limits.networks(value)
