"""For whom weaker kinds count though nothing that names them became weaker: rules that contradict each other.

Everything else that several rules want of one person is the strictest of what each wants, so that it becomes weaker
only where one of them does. Kinds are different: where two rules leave none in common the more particular one stands
alone, so that a stricter rule for everybody can let more count for somebody in two groups.
"""

from collections.abc import Iterable, Mapping

from twofold.core.groups import Extra, Membership
from twofold.core.ids import GroupId
from twofold.core.roles import Audience
from twofold.core.rules import Rules
from twofold.core.weakenings import Weakening, Weaker, weakenings, weaker_for_person


def may_be(old: Rules, new: Rules) -> bool:
    """Say whether a change touches kinds, or who belongs to a group: else nothing can be found."""
    return any(old.for_(one).accepts != new.for_(one).accepts for one in Audience) or _of_groups(old) != _of_groups(new)


class Together:
    """Judges combinations of audience, groups and own rule by two policies; each is worked out once."""

    def __init__(self, old: Rules, new: Rules) -> None:
        """Remember what is told of by audience and by group already."""
        self._old, self._new = old, new
        told = weakenings(old, new)
        self._audiences = {one.audience for one in told if one.weaker is Weaker.KINDS_WEAKER}
        self._groups = {
            group_id
            for group_id in {*old.groups, *new.groups}
            for one in (old.groups.get(group_id), new.groups.get(group_id))
            if one is not None and _is_told(one.name, told)
        }
        self._known: dict[object, bool] = {}

    def is_weaker(
        self,
        audience: Audience,
        belonged: Iterable[Membership],
        belongs: Iterable[Membership],
        own: Extra | None,
    ) -> bool:
        """Say whether weaker kinds count for somebody like this, and nothing that is told of says so."""
        before = tuple(Membership(one.group) for one in belonged)
        after = tuple(Membership(one.group) for one in belongs)
        key = (audience, before, after, own)
        if key not in self._known:
            self._known[key] = self._judged(audience, before, after, own)
        return self._known[key]

    def _judged(
        self, audience: Audience, before: tuple[Membership, ...], after: tuple[Membership, ...], own: Extra | None
    ) -> bool:
        if audience in self._audiences or self._groups & {one.group for one in (*before, *after)}:
            return False
        found = weaker_for_person(self._old.of(audience, before, own), self._new.of(audience, after, own))
        return Weaker.KINDS_WEAKER in found


def _of_groups(rules: Rules) -> Mapping[GroupId, object]:
    return {
        group_id: (group.extra.accepts, group.domains, group.roles) for group_id, group in sorted(rules.groups.items())
    }


def _is_told(name: str, told: Iterable[Weakening]) -> bool:
    kinds = (Weaker.KINDS_WEAKER, Weaker.GROUP_SMALLER)
    return any(one.audience is None and one.group == name and one.weaker in kinds for one in told)
