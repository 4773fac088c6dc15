"""What one helper may not do alone: asked for, agreed to by another, waited for, stopped, and then done.

Whoever asked does it in the end, within a day, with fresh proof of their own: so a code is shown to the helper who
knows whom it is for, and everything is judged once more by the roles that all have then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core.helping import ASKED_FOR, Approval, State, allowed_from, runs_out
from twofold.core.ids import HelpActId
from twofold.core.instants import to_micros
from twofold.core.json import text_in
from twofold.core.links import Purpose
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, NeedsApproval, audience_of
from twofold.flows import approval_mails, help_calls, judged, links, paths, recent_acts
from twofold.flows.approval_view import ApprovalView, look, view_of
from twofold.flows.carrying_out import carry_out
from twofold.flows.doing import Doing, Given
from twofold.flows.journal import record, tell
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import hold_still
from twofold.ports.helping import HelpAct
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.flows.judged import HoldsNothing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

_ACT = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """It was not done, but asked for; `id` names the request."""

    id: HelpActId
    needed: NeedsApproval


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """What the page shows that a mailed link opens: what was asked for, by whom."""

    act: HelpAct
    asker: Subscriber | None


def ask(services: Services, visit: Visit, doing: Doing, needed: NeedsApproval) -> Asked:
    """File a request in the caller's transaction, and tell those who may agree and the person it is about.

    The same request by the same helper, still open, stands as it was.
    """
    account, now, person = visit.account, doing.now, doing.person
    for one in services.help_acts.open_about(account.id, person.id, now=now):
        same = (one.act, one.asked_by) == (doing.act, doing.me.person.id)
        if same and one.detail.get("role") == doing.detail.get("role"):
            return Asked(id=one.id, needed=needed)
    filed = HelpAct(
        id=HelpActId(services.entropy.new_id()),
        act=doing.act,
        person_id=person.id,
        asked_by=doing.me.person.id,
        asked_at=now,
        state=State.ASKED,
        detail=doing.detail,
        reason=doing.reason,
        ends_at=now + ASKED_FOR,
    )
    services.help_acts.add(account.id, filed)
    record(
        services,
        visit,
        "help.asked",
        now=now,
        person=person.id,
        actor=doing.me.person.id,
        detail={**doing.told, "act": filed.act.value, "request": filed.id},
    )
    approval_mails.ask(services, account, filed, doing.me.person, person, now=now)
    about = approval_mails.about(filed, doing.me.person, person)
    _warn(services, visit, person, filed, {**about, "stage": "asked"}, now=now)
    return Asked(id=filed.id, needed=needed)


def note_done(services: Services, visit: Visit, doing: Doing) -> None:
    """Keep an act that was done at once, in the caller's transaction: what a helper did decides what they may do."""
    recent_acts.note(
        services,
        visit.account.id,
        doing.act,
        doing.person.id,
        doing.me.person.id,
        now=doing.now,
        detail=doing.detail,
        reason=doing.reason,
    )


DecisionOutcome = Done | Gone | Refuse | Conflict | NeedsProof | judged.HoldsNothing


def approve(services: Services, visit: Visit, me: SignedIn, act_id: HelpActId) -> DecisionOutcome:
    """Agree: whoever asked may do it now, or once the waiting period is over."""
    view = look(services, visit, me, act_id)
    if not isinstance(view, ApprovalView):
        return view
    if not view.may_approve or view.person is None or view.asker is None:
        return _not(view)
    barred = judged.barred(services, visit, me, None)
    if barred is not None:
        return barred
    now = services.clock.now()
    said = Approval(role=me.person.role, is_asker=False, is_target=False, at=now)
    since = allowed_from(view.needed, said) if view.needed is not None else None
    since = since or now
    agreed = replace(view.act, state=State.APPROVED, decided_by=me.person.id, decided_at=now, ends_at=runs_out(since))
    with services.transactions.begin():
        if not services.help_acts.replace(visit.account.id, view.act, agreed):
            return Conflict()
        record(
            services,
            visit,
            "help.approved",
            now=now,
            person=view.act.person_id,
            actor=me.person.id,
            detail={"act": view.act.act.value, "request": view.act.id, "from": to_micros(since)},
        )
        about = {
            **approval_mails.about(view.act, view.asker, view.person),
            "until": to_micros(since),
            "waits": since > now,
        }
        url = f"{visit.account.base_url}{paths.request(view.act.id)}"
        _tell_asker(services, visit, view.asker, me, {**about, "decision": "approved", "url": url}, now=now)
        if since > now:
            _warn(services, visit, view.person, view.act, {**about, "stage": "approved"}, now=now)
    return Done()


def refuse(services: Services, visit: Visit, me: SignedIn, act_id: HelpActId) -> DecisionOutcome:
    """Say no, also after another said yes; or stop it, as the person it was to be done to. It needs no fresh proof."""
    view = look(services, visit, me, act_id)
    if not isinstance(view, ApprovalView):
        return view
    if not view.may_refuse:
        return _not(view)
    state = State.STOPPED if view.act.person_id == me.person.id else State.REFUSED
    return _end(services, visit, view.act, state, me)


def withdraw(services: Services, visit: Visit, me: SignedIn, act_id: HelpActId) -> DecisionOutcome:
    """Take a request of one's own back."""
    view = look(services, visit, me, act_id)
    if not isinstance(view, ApprovalView):
        return view
    if not view.may_withdraw:
        return _not(view)
    return _end(services, visit, view.act, State.WITHDRAWN, me)


def look_at_stop(services: Services, visit: Visit, token: str) -> StopView | Refuse:
    """Tell what the button of a mailed link stops. Writes nothing."""
    link = links.read(services, visit.account, Purpose.STOP_HELP, token, now=services.clock.now())
    if isinstance(link, Refuse):
        return link
    found = services.help_acts.by_id(visit.account.id, HelpActId(text_in(link.detail, _ACT)))
    if found is None or not found.state.is_open:
        return Refuse(because=Refusal(No.ENDED))
    return StopView(act=found, asker=services.people.by_id(visit.account.id, found.asked_by))


def stop(services: Services, visit: Visit, token: str) -> Done | Refuse:
    """Use a mailed link: the person stops what was to be done to their sign-in."""
    now = services.clock.now()
    account = visit.account.id
    with services.transactions.begin():
        link = links.spend(services, visit.account, Purpose.STOP_HELP, token, now=now)
        if isinstance(link, Refuse):
            return link
        found = services.help_acts.by_id(account, HelpActId(text_in(link.detail, _ACT)))
        stopped = replace(found, state=State.STOPPED, decided_at=now, ends_at=now) if found is not None else None
        if found is None or stopped is None or not found.state.is_open:
            return Refuse(because=Refusal(No.ENDED))
        if not services.help_acts.replace(account, found, stopped):
            return Refuse(because=Refusal(No.STALE))
        record(
            services,
            visit,
            "help.stopped",
            now=now,
            person=found.person_id,
            detail={"act": found.act.value, "request": found.id},
        )
        _tell_of_end(services, visit, found, "stopped", by=found.person_id, now=now)
    return Done()


def do(
    services: Services, visit: Visit, me: SignedIn, act_id: HelpActId
) -> Given | Gone | Refuse | Conflict | NeedsProof | HoldsNothing:
    """Do what was agreed to: by whoever asked, judged once more as everything stands now."""
    view = look(services, visit, me, act_id)
    if not isinstance(view, ApprovalView):
        return view
    if not view.may_do or view.person is None:
        return _not(view)
    barred = judged.barred(services, visit, me, view.act.act)
    if barred is not None:
        return barred
    now = services.clock.now()
    account = visit.account.id
    done = replace(view.act, state=State.DONE, done_at=now, ends_at=now)
    with services.transactions.begin():
        recent_acts.alone(services, account, me.person.id)
        still = hold_still(services, account, view.act.person_id)
        if not isinstance(still, Subscriber):
            return still
        # Who agreed, and what this helper did meanwhile, is looked at once more.
        if not view_of(services, visit, me, view.act, now=now).may_do:
            return Conflict()
        if still.role is not view.person.role or not services.help_acts.replace(account, view.act, done):
            return Conflict()
        doing = Doing(
            me=me,
            person=still,
            act=view.act.act,
            now=now,
            detail=view.act.detail,
            reason=view.act.reason,
            approved_by=view.act.decided_by,
        )
        outcome = carry_out(services, visit, doing)
        if isinstance(outcome, Given):
            help_calls.close_all(services, visit, me, still.id, now=now)
            return outcome
        # Nothing was done, so it may be tried again.
        there = services.help_acts.by_id(account, view.act.id)
        if there is not None:
            services.help_acts.replace(account, there, view.act)
    return outcome


def _not(view: ApprovalView) -> Refuse:
    return Refuse(because=Refusal(No.NOT_ALLOWED if view.is_open else No.ENDED))


def _end(services: Services, visit: Visit, act: HelpAct, state: State, me: SignedIn) -> Done | Conflict:
    now = services.clock.now()
    ended = replace(act, state=state, decided_by=me.person.id, decided_at=now, ends_at=now)
    with services.transactions.begin():
        if not services.help_acts.replace(visit.account.id, act, ended):
            return Conflict()
        record(
            services,
            visit,
            {State.WITHDRAWN: "help.withdrawn", State.STOPPED: "help.stopped"}.get(state, "help.refused"),
            now=now,
            person=act.person_id,
            actor=me.person.id,
            detail={"act": act.act.value, "request": act.id},
        )
        if state is not State.WITHDRAWN:
            _tell_of_end(services, visit, act, state.value, by=me.person.id, now=now)
    return Done()


def _warn(
    services: Services, visit: Visit, person: Subscriber, act: HelpAct, params: JsonObject, *, now: datetime
) -> None:
    """Tell the person what is to be done to their sign-in, with a link that stops it; end users are named no helper."""
    by: JsonObject = {"by": ""} if audience_of(person.role) is Audience.END_USERS else {}
    url = links.make(services, visit.account, Purpose.STOP_HELP, person.id, now=now, detail={_ACT: act.id})
    tell(services, visit.account, person, "help_to_come", {**params, **by, "stop_url": url}, now=now)


def _tell_asker(
    services: Services, visit: Visit, asker: Subscriber, me: SignedIn, params: JsonObject, *, now: datetime
) -> None:
    tell(
        services,
        visit.account,
        asker,
        "help_decided",
        {**params, "decided_by": me.person.name or me.person.email},
        now=now,
    )


def _tell_of_end(services: Services, visit: Visit, act: HelpAct, decision: str, *, by: str, now: datetime) -> None:
    """Tell whoever asked that it will not be done."""
    account = visit.account
    asker = services.people.by_id(account.id, act.asked_by)
    person = services.people.by_id(account.id, act.person_id)
    if asker is None or person is None or asker.id == by:
        return
    tell(
        services,
        account,
        asker,
        "help_decided",
        {**approval_mails.about(act, asker, person), "decision": decision},
        now=now,
    )
