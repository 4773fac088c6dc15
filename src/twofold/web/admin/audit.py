"""Admin Center > Account > Audit log: looking for events, taking them out, and how long they are kept."""

from __future__ import annotations

import ipaddress
import json
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, assert_never

from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_lazy

from twofold.core.report import cell, row
from twofold.core.roles import Permission, has_permission
from twofold.flows import audit, retention
from twofold.flows.audit import PAGE_SIZE
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse
from twofold.flows.paths import AUDIT_LOG
from twofold.flows.retention import BadDays
from twofold.ports.audit import LOOKED_AT, Wanted
from twofold.web import errors, moments, pages, told
from twofold.web.admin import event_words, files
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import MOST_NUMBER, Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_POST, require_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from twofold.core.json import JsonObject
    from twofold.flows.audit import AuditView, Export
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

SAVED = told.declare("audit_kept", "good", gettext_lazy("Saved. What is older is removed within a day."))
CONFLICT = told.declare("audit_conflict", "warn", gettext_lazy("Somebody else saved meanwhile. Look again."))
_FIELDS: Final = ("person", "actor", "kind", "address", "from", "to")
_LONGEST: Final = 254
_COLUMNS: Final = (
    "at",
    "kind",
    "event",
    "actor",
    "actor_id",
    "actor_name",
    "actor_email",
    "person_id",
    "person_name",
    "person_email",
    "address",
    "browser",
    "detail",
    "id",
)
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@require_safe
@signed_in
@allowed(Permission.SEE_AUDIT)
def page(request: Request, me: SignedIn) -> HttpResponse:
    """Show the log, newest first, a page at a time."""
    fields = {name: _line(request.GET.get(name, "")) for name in _FIELDS}
    wanted, wrong = _wanted(request, fields)
    if wrong:
        return _page(request, me, fields, None, wrong)
    view = audit.look(request.services, request.visit, me, wanted, before=request.GET.get("before", ""))
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    return _page(request, me, fields, view, {})


@require_POST
@signed_in
@allowed(Permission.SEE_AUDIT)
def export(request: Request, me: SignedIn) -> HttpResponseBase:
    """Send what is looked for, as it is read."""
    posted = Posted(request)
    fields = {name: posted.text(name, most=_LONGEST) for name in _FIELDS}
    form = posted.choice("form", _TYPES, default="csv")
    wanted, wrong = _wanted(request, fields)
    wrong = {**posted.errors, **wrong}
    if wrong:
        return _page(request, me, fields, None, wrong)
    here = files.place()
    if here is None:
        response = _page(request, me, fields, None, {"page": files.all_taken()})
        response.status_code = errors.BUSY
        response.headers["Retry-After"] = "60"
        return response
    exported = audit.export(request.services, request.visit, me, wanted, form=form)
    if isinstance(exported, Refuse):
        here.give_back()
        return errors.answer(request, errors.FORBIDDEN)
    lines = (_csv if form == "csv" else _json_lines)(request, exported)
    day = timezone.localtime(request.services.clock.now()).date().isoformat()
    return files.sent(here, lines, kind=_TYPES[form], name=f"audit-log-{day}.{form}")


@require_POST
@signed_in
@allowed(Permission.EDIT_AUDIT)
@fresh(gettext_lazy("before it changes how long the log is kept"))
def keep(request: Request, me: SignedIn) -> Answer:
    """Keep the log for another number of days."""
    posted = Posted(request)
    days = posted.number("keep_days", least=0, most=MOST_NUMBER, default=0)
    version = posted.number("version", least=0, most=MOST_NUMBER, default=0)
    bad_days = gettext("Type a whole number from 90 to 3650, or 0 for ever.")
    if posted.errors:
        return _kept_page(request, me, bad_days)
    outcome = retention.keep_for(request.services, request.visit, me, days, version=version)
    match outcome:
        case Done():
            return pages.go(request, AUDIT_LOG, said=SAVED)
        case BadDays():
            return _kept_page(request, me, bad_days)
        case Conflict():
            return pages.go(request, AUDIT_LOG, said=CONFLICT)
        case NeedsProof():
            return outcome
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(outcome)


def _csv(request: Request, exported: Export) -> Iterator[bytes]:
    language = translation.get_language() or ""
    yield row(_COLUMNS).encode()
    for events, names in audit.chunks(request.services, request.visit, exported):
        lines = []
        # Whoever reads a streamed answer does it after the request has put its language down.
        with translation.override(language):
            for event in events:
                whole = event_words.as_json(event, names) | {"event": event_words.said(event)}
                whole["detail"] = _compact(event.detail) if event.detail else ""
                lines.append(row(cell(_text(whole[column])) for column in _COLUMNS))
        yield "".join(lines).encode()


def _json_lines(request: Request, exported: Export) -> Iterator[bytes]:
    for events, names in audit.chunks(request.services, request.visit, exported):
        yield "".join(f"{_compact(event_words.as_json(event, names))}\n" for event in events).encode()


def _compact(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _wanted(request: Request, fields: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """Return what the fields look for, and what is wrong with them."""
    wrong: dict[str, str] = {}
    people = {}
    for name in ("person", "actor"):
        typed = fields[name]
        people[name] = audit.find_person(request.services, request.visit, typed) if typed else None
        if typed and people[name] is None:
            wrong[name] = gettext("Nobody has this address. Type it whole.")
    kind = fields["kind"]
    if kind and not event_words.is_kind(kind):
        wrong["kind"] = gettext("Choose from the list.")
    address = _address(fields["address"])
    if address is None:
        wrong["address"] = gettext("Type one network address, such as 192.0.2.7 or 2001:db8::7.")
    since, until = _day(fields["from"]), _day(fields["to"])
    for name, instant in (("from", since), ("to", until)):
        if fields[name] and instant is None:
            wrong[name] = gettext("Type a day as 2026-05-04.")
    if since and until and until < since:
        wrong["to"] = gettext("The last day lies before the first.")
    wanted = Wanted(
        person=people["person"],
        actor=people["actor"],
        kind=kind,
        address=address or "",
        since=since,
        # The whole of the last day.
        until=_day(fields["to"], later=1),
    )
    return wanted, wrong


def _address(typed: str) -> str | None:
    try:
        return str(ipaddress.ip_address(typed)) if typed else ""
    except ValueError:
        return None


def _day(typed: str, *, later: int = 0) -> datetime | None:
    """Return when a day begins in the reader's time zone, or one `later`; None for what is no day."""
    try:
        day = datetime.strptime(typed, "%Y-%m-%d").date() + timedelta(days=later)  # noqa: DTZ007 -- only its day
        return timezone.make_aware(datetime.combine(day, time()))
    except (ValueError, OverflowError):
        return None


def _line(typed: str) -> str:
    return "".join(character for character in typed[:_LONGEST] if character.isprintable()).strip()


def _kept_page(request: Request, me: SignedIn, wrong: str) -> HttpResponse:
    fields = dict.fromkeys(_FIELDS, "")
    view = audit.look(request.services, request.visit, me, Wanted())
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    return _page(request, me, fields, view, {"keep_days": wrong})


def _page(
    request: Request, me: SignedIn, fields: Mapping[str, str], view: AuditView | None, wrong: Mapping[str, str]
) -> HttpResponse:
    now = request.services.clock.now()
    given = {name: value for name, value in fields.items() if value}
    looked_back_to = view.looked_back_to if view else None
    kept = view.kept if view else retention.look(request.services, request.visit)
    context: dict[str, object] = {
        "here": "audit",
        # A field for days shows no other text.
        "form": {**fields, **{name: fields[name] if _day(fields[name]) else "" for name in ("from", "to")}},
        "given": list(given.items()),
        "kinds": event_words.kinds(),
        "events": [event_words.shown(one, view.names, now=now) for one in view.events] if view else None,
        "looked_back_to": moments.day_and_clock(looked_back_to, now=now) if looked_back_to else "",
        "looked_at": LOOKED_AT,
        "newest_url": pages.go_with(AUDIT_LOG, **given) if request.GET.get("before") else None,
        "older_url": pages.go_with(AUDIT_LOG, **given, before=view.older) if view and view.older else None,
        "page_size": PAGE_SIZE,
        "kept": {
            "days": kept.days,
            "version": kept.version,
            "since": moments.full_day(kept.since) if kept.since else "",
            "may_change": has_permission(me.person.role, Permission.EDIT_AUDIT),
        },
        "problems": [{"name": name, "text": text} for name, text in wrong.items() if name != "page"],
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "admin/audit.html", context, status=status, errors=wrong)
