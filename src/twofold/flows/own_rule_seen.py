"""What an admin saw of the rules for people alone, so that nobody puts another in place of one that they never saw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.ids import PersonId
    from twofold.flows.selected import Selected
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_LENGTH: Final = 16
"""Characters of what stands for one rule: enough to tell it from another, and nothing that has to be kept secret."""


def shown(services: Services, found: Selected) -> dict[PersonId, str]:
    """Return what stands for the rule of each of these, as it is now; whoever is gone has none."""
    return {line.id: _stands_for(services, line.person) for line in found.lines if line.person is not None}


def is_as_seen(services: Services, seen: Mapping[PersonId, str], person: Subscriber) -> bool:
    """Say whether the rule of this person is the one that was seen; a script that names none means the present one.

    Something else of theirs may have changed: what is compared is the rule, not the version of their row.
    """
    return person.id not in seen or seen[person.id] == _stands_for(services, person)


def _stands_for(services: Services, person: Subscriber) -> str:
    rule = None if person.own_rule is None else person.own_rule.to_json()
    return services.digests.of_token(json.dumps(rule, sort_keys=True))[:_LENGTH]
