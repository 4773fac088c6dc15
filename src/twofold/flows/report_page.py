"""The status report as a page: who uses two-factor authentication, with filters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, Permission, Role, audience_of, may_read
from twofold.core.standing import Word
from twofold.flows import counts, shut_out
from twofold.flows.outcomes import Refuse
from twofold.flows.people import LONGEST_SEARCH
from twofold.flows.report_lines import Judge

if TYPE_CHECKING:
    from twofold.core.ids import PersonId
    from twofold.core.report import Line
    from twofold.core.standing import Standing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.pages import PageBetween
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services

PAGE_SIZE: Final = 50
LOOKED_AT_MOST: Final = 8 * PAGE_SIZE
"""People judged for one page; where fewer than a page fit, the next page goes on from there."""


class Whose(StrEnum):
    """Whom the page tells of, beside single roles."""

    TEAM = "team"
    EVERYBODY = "everybody"


class Holds(StrEnum):
    """What people hold, beside a single kind."""

    ANYTHING = ""
    NOTHING = "nothing"
    SOMETHING = "something"
    SHUT_OUT = "shut_out"
    """They are asked, and nothing that they hold counts any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which people are shown. `whose` is a role or Whose; `holds` is a kind of second factor or Holds."""

    search: str = ""
    whose: Role | Whose = Whose.TEAM
    word: Word | None = None
    holds: str = Holds.ANYTHING

    def fits(self, line: Line) -> bool:
        """Say whether somebody with this line is shown."""
        # An exemption is looked for before anything is required, too, while the state has another word.
        exempt = self.word is Word.EXEMPT and line.exempt_until is not None
        if self.word is not None and line.word is not self.word and not exempt:
            return False
        match self.holds:
            case Holds.ANYTHING:
                return True
            case Holds.NOTHING:
                return not line.methods and not line.dead
            case Holds.SOMETHING:
                return bool(line.methods)
            case Holds.SHUT_OUT:
                return line.shut_out and self.whose in {line.role, *Whose}
            case kind:
                return kind in line.methods


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One line of the page."""

    id: PersonId
    line: Line
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """Those who fit among the `looked_at`, and the cursors of the pages before and after; empty when there is none.

    `is_cut`: no page is after this one, but there are more.
    """

    people: tuple[Shown, ...]
    looked_at: int
    before: str
    after: str
    is_cut: bool = False


def look(
    services: Services, visit: Visit, me: SignedIn, wanted: Filter, *, after: str = "", before: str = ""
) -> StatusPage | Refuse:
    """Return a page by name. Writes nothing; judges LOOKED_AT_MOST people at most, however many there are."""
    if not may_read(me.person.role, Permission.MAKE_REPORTS):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    judge = Judge(me.policy.rules, services.factors, now=services.clock.now())
    if wanted.holds == Holds.SHUT_OUT and not wanted.search:
        return _shut_out(services, visit, me, wanted, judge, after=after)
    backwards = bool(before) and not after
    first = page = _read(services, visit, me, wanted, after=after, before=before)
    found: list[Shown] = []
    looked_at = 0
    while True:
        looked_at += len(page.rows)
        fitting = _fitting(page.rows, wanted, judge)
        found = [*fitting, *found] if backwards else [*found, *fitting]
        onward = page.before if backwards else page.after
        if not onward or len(found) >= PAGE_SIZE or looked_at >= LOOKED_AT_MOST:
            break
        page = _read(services, visit, me, wanted, after="" if backwards else onward, before=onward if backwards else "")
    return StatusPage(
        people=tuple(found),
        looked_at=looked_at,
        before=(page if backwards else first).before,
        after=(first if backwards else page).after,
    )


def _shut_out(
    services: Services, visit: Visit, me: SignedIn, wanted: Filter, judge: Judge, *, after: str
) -> StatusPage:
    """Return a page of those who are shut out, found by what they hold: they are few among very many."""
    named, _, behind = after.partition(".")
    account, rules, now = visit.account.id, me.policy.rules, services.clock.now()
    audiences = [one for one in Audience if wanted.whose is Whose.EVERYBODY or one is _audience(wanted.whose)]
    large = counts.which_are_large(services, account)
    kept = {
        one: shut_out.of(services, account, one, rules, now=now, is_large=True) for one in audiences if one in large
    }
    if named in audiences:
        audiences = audiences[audiences.index(Audience(named)) :]
    else:
        behind = ""
    found: list[Shown] = []
    looked_at = 0
    for audience in audiences:
        walked = shut_out.listed(services, account, audience, rules, now=now, behind=behind, kept=kept.get(audience))
        for some in walked:
            looked_at += some.looked_at
            fitting = _fitting(some.out, wanted, judge)
            found += fitting
            is_full, may_go_on = len(found) >= PAGE_SIZE, some.are_more or audience is not audiences[-1]
            if len(found) > PAGE_SIZE or (may_go_on and (is_full or looked_at >= shut_out.JUDGED_MOST)):
                found = found[:PAGE_SIZE]
                last = found[-1].id if is_full else some.last
                return StatusPage(people=tuple(found), looked_at=looked_at, before="", after=f"{audience}.{last}")
        behind = ""
    is_cut = any(one.is_cut for one in kept.values())
    return StatusPage(people=tuple(found), looked_at=looked_at, before="", after="", is_cut=is_cut)


def _audience(whose: Role | Whose) -> Audience:
    return Audience.TEAM if whose is Whose.TEAM else audience_of(Role(whose))


def _read(
    services: Services, visit: Visit, me: SignedIn, wanted: Filter, *, after: str, before: str
) -> PageBetween[Surveyed]:
    return services.reports.page(
        visit.account.id,
        search=wanted.search.strip()[:LONGEST_SEARCH],
        role=wanted.whose if isinstance(wanted.whose, Role) else None,
        team=wanted.whose is Whose.TEAM,
        after=after,
        before=before,
        size=PAGE_SIZE,
        groups=bool(me.policy.rules.groups),
    )


def _fitting(people: tuple[Surveyed, ...], wanted: Filter, judge: Judge) -> list[Shown]:
    lines = [(one, judge.line(one)) for one in people]
    return [Shown(id=one.id, line=line, standing=judge.standing(one)) for one, line in lines if wanted.fits(line)]
