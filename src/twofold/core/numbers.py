"""The numbers that an operator may set, in one value; the defaults stand with the rules that they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TypeAlias

from twofold.core import attempts, freshness, sent_codes, sign_up, throttle
from twofold.core import helping as help_rules
from twofold.core import thinning as thinning_rules
from twofold.core.links import LIVES, Purpose

Network: TypeAlias = IPv4Network | IPv6Network
TRUSTED_TIMES = 10
"""So many times as much may go wrong from a network that the operator trusts: a large office behind one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How long things live, and how much may go wrong: for a person, by lane, and from one network address."""

    lanes: Mapping[throttle.Lane, throttle.LaneRules] = field(default_factory=lambda: throttle.LANES)
    sign_in: attempts.AttemptLimits = attempts.SIGN_IN
    set_up: attempts.AttemptLimits = attempts.SET_UP
    fresh: freshness.Limits = freshness.DEFAULTS
    codes: sent_codes.Limits = sent_codes.EMAIL
    link_lives: Mapping[Purpose, timedelta] = field(default_factory=lambda: LIVES)
    address_second_factors: throttle.AddressLimit = throttle.ADDRESS_SECOND_FACTORS
    address_passwords: throttle.AddressLimit = throttle.ADDRESS_PASSWORDS
    trusted_networks: tuple[Network, ...] = ()
    helping: help_rules.Limits = help_rules.DEFAULTS
    thinning: thinning_rules.Limits = thinning_rules.DEFAULTS
    sign_ups: sign_up.Limits = sign_up.DEFAULTS

    def for_address(self, limit: throttle.AddressLimit, address: str) -> throttle.AddressLimit:
        """Return a limit as it holds for this network address; whatever is no address is trusted by nobody."""
        if not self.trusted_networks:
            return limit
        try:
            parsed = ip_address(address)
        except ValueError:
            return limit
        if not any(parsed in network for network in self.trusted_networks):
            return limit
        return replace(limit, most=limit.most * TRUSTED_TIMES)


DEFAULTS = Numbers()
