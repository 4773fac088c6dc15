"""The facts of the security settings, as the template wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from twofold.core.recovery import reminder_due
from twofold.core.rules import EVERY_SIGN_IN
from twofold.core.standing import Word
from twofold.web import moments, words
from twofold.web.kinds.registry import KINDS, name_of, named, words_for
from twofold.web.profile import events

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.flows.coming import Coming
    from twofold.flows.security import BrowserView, MethodView, SecurityView
    from twofold.ports.accounts import Account
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.sessions import Session


def security(view: SecurityView, account: Account, *, now: datetime) -> dict[str, object]:
    """Return the context of the page of security settings."""
    stands = view.standing
    is_asked = bool(view.methods) and stands.asked
    return {
        "here": "security",
        "state": {"word": words.standing_word(stands, now=now), "tone": words.standing_tone(stands)},
        "why": why(view, account, now=now),
        "provider": None,
        "ways_back": _ways_back(view, account) if is_asked else [],
        "one_way_left": _one_way_left(view, account) if is_asked and view.ways_back.count <= 1 else "",
        "can_set_up": True,
        "needs_another": bool(view.methods) and stands.word is Word.MUST_SET_UP and not stands.usable,
        "may_set_up": [name_of(kind) for kind in view.may_set_up],
        "one_method": view.rules.one_method,
        "missing_proof": _missing_proof(view, now=now),
        "methods": _methods(view, account, now=now),
        "recovery": _recovery(view, now=now) if view.methods else None,
        "how_often": _how_often(view, account) if is_asked else None,
        "browsers": [_browser(one, now=now) for one in view.browsers],
        "sessions": [_session(one, is_this=one.id == view.this_session, now=now) for one in view.sessions.sessions],
        "more_sessions": view.sessions.are_more,
        "sign_in_ways": _sign_in_ways(view, now=now),
        "events": events.shown(view.events, now=now, by=view.names),
        "turn": _turn(view, account) if view.methods else None,
    }


def why(view: SecurityView, account: Account, *, now: datetime) -> list[str]:
    """Return the reasons of somebody's standing as sentences."""
    return words.reasons(view.standing.reasons, account_name=account.name, now=now)


def why_not_off(account: Account) -> str:
    """Return why two-factor authentication cannot be turned off."""
    return gettext("%(account)s requires two-factor authentication, so it cannot be turned off.") % {
        "account": account.name
    }


def _ways_back(view: SecurityView, account: Account) -> list[str]:
    ways = view.ways_back
    lines: list[str] = []
    if ways.recovery_codes:
        lines.append(
            ngettext("%(left)d recovery code", "%(left)d recovery codes", ways.recovery_codes)
            % {"left": ways.recovery_codes}
        )
    lines += [_in_list(one) for one in ways.methods if one.kind in KINDS]
    if ways.helpers:
        names = gettext(" or ").join(ways.helpers)
        lines.append(gettext("%(names)s can help") % {"names": names})
    elif ways.others_help:
        lines.append(gettext("The people who run %(account)s can help") % {"account": account.name})
    return lines


def _one_way_left(view: SecurityView, account: Account) -> str:
    """Return that there is one way back in alone, and what can be done about it."""
    if not view.rules.one_method:
        return gettext("Only one way is left. Add another while you are signed in.")
    if view.ways_back.recovery_codes:
        rest = gettext(
            "%(account)s lets you hold one method at a time, so keep your recovery codes where you find them when it "
            "is gone."
        )
    else:
        rest = gettext(
            "%(account)s lets you hold one method at a time, so make new recovery codes while you are signed in."
        )
    return f"{gettext('Only one way is left.')} {rest % {'account': account.name}}"


def _missing_proof(view: SecurityView, *, now: datetime) -> list[str]:
    """Return what is said to somebody whose password came by mail, so that mailed codes prove nothing for a while."""
    at = view.person.proved_by_mailbox_at
    if view.mailed_from is None or at is None:
        return []
    others = [_in_list(one.enrolment) for one in view.methods if not one.is_mailed]
    if view.recovery.left:
        others.append(gettext("a recovery code"))
    sentences = [
        gettext("Your password came by mail on %(day)s, so codes by mail prove nothing until %(until)s.")
        % {"day": moments.day(at, now=now), "until": moments.soon(view.mailed_from, now=now)}
    ]
    if others:
        sentences.append(
            gettext("Any other proof ends that at once: %(ways)s.") % {"ways": gettext(" or ").join(others)}
        )
    else:
        sentences.append(gettext("You have no other proof yet: set up a second way, or make recovery codes."))
    return sentences


def _in_list(one: Enrolment) -> str:
    return words_for(one.kind, (one.thing,)).in_list(one.label)


def _methods(view: SecurityView, account: Account, *, now: datetime) -> list[dict[str, object]]:
    """Return what is held; where there are several, one of them is asked for first, chosen so or not."""
    first = next((one for one in view.methods if one.allowed), None) if len(view.methods) > 1 else None
    return [_method(one, account, has_others=first is not None, is_first=one is first, now=now) for one in view.methods]


def _method(one: MethodView, account: Account, *, has_others: bool, is_first: bool, now: datetime) -> dict[str, object]:
    held = one.enrolment
    why_not = ""
    if not one.can_remove:
        why_not = gettext("%(account)s requires it. Replace it instead, or add another first.") % {
            "account": account.name
        }
    return {
        "id": held.id,
        "name": _named(one),
        "label": held.label or name_of(held.kind, held.thing),
        "added": moments.day(held.confirmed_at, now=now),
        "last_used": moments.day_and_clock(held.last_used_at, now=now) if held.last_used_at else "",
        "is_preferred": is_first,
        "can_prefer": has_others and not is_first and one.allowed,
        "can_try": one.allowed,
        "state_word": "" if one.allowed else gettext("no longer allowed"),
        "replace_word": KINDS[held.kind].replace_word if held.kind in KINDS else "",
        "keeps_kind": held.kind in KINDS and bool(KINDS[held.kind].stages),
        "can_remove": one.can_remove,
        "why_not_remove": why_not,
    }


def removed(one: MethodView) -> str:
    """Return that a method goes."""
    return gettext("Removed: %(what)s.") % {"what": _named(one)}


def coming(found: Coming | None, account: Account, *, now: datetime) -> str:
    """Return from when on it will be required of somebody who turns theirs off; empty where nothing is to come."""
    if found is None:
        return ""
    words = {"account": account.name, "at": moments.weekday_and_clock(found.starts_at, now=now)}
    sentence = gettext(
        "From %(at)s, %(account)s requires it of you. If you turn it off now, you are led through set-up again then."
    )
    if found.until is None:
        return sentence % words
    until = moments.weekday_and_clock(found.until, now=now)
    rest = gettext("You may put that off until %(until)s.") % {"until": until}
    return f"{sentence % words} {rest}"


def _named(one: MethodView) -> str:
    """Return a method's name behind its kind, because an app is named by the address, which stays."""
    return named(one.enrolment.kind, one.enrolment.thing, one.enrolment.label)


def removing(view: SecurityView, one: MethodView) -> dict[str, object]:
    """Return what the question before a method goes says: what that ends, and what this person then signs in with."""
    stays = [other.enrolment for other in view.methods if other is not one and other.allowed]
    left = [_in_list(each) for each in stays if each.kind in KINDS]
    codes = view.recovery.left
    if codes:
        left.append(ngettext("%(left)d recovery code", "%(left)d recovery codes", codes) % {"left": codes})
    return {
        "here": "security",
        "name": _named(one),
        "what_stays": left,
        "one_way_left": len(left) <= 1,
    }


def _recovery(view: SecurityView, *, now: datetime) -> dict[str, object]:
    left = view.recovery.left
    made_at = view.recovery.made_at
    return {
        "left": left,
        "unsaved": view.person.codes_unsaved,
        "made": moments.day(made_at, now=now) if made_at else "",
        "tone": "bad" if left == 0 else "warn" if reminder_due(left) else "good",
    }


def _how_often(view: SecurityView, account: Account) -> dict[str, object]:
    if view.rules.trust_for == EVERY_SIGN_IN:
        sentence = gettext("%(account)s asks for a code at every sign-in.") % {"account": account.name}
        return {"sentence": sentence, "can_choose": False, "every_sign_in": True}
    if view.person.every_sign_in:
        sentence = gettext("You are asked for a code at every sign-in, because you chose so.")
    else:
        days = view.rules.trust_for.days
        sentence = ngettext(
            "Where you tick the box, you are asked for a code once in %(days)d day; elsewhere at every sign-in.",
            "Where you tick the box, you are asked for a code once in %(days)d days; elsewhere at every sign-in.",
            days,
        ) % {"days": days}
    return {"sentence": sentence, "can_choose": True, "every_sign_in": view.person.every_sign_in}


def _browser(one: BrowserView, *, now: datetime) -> dict[str, object]:
    known = one.known
    return {
        "id": known.browser_id,
        "name": known.name or gettext("A browser"),
        "place": known.address,
        "last_used": moments.day_and_clock(known.last_used_at, now=now),
        "trusted_until": moments.day(one.trusted_until, now=now) if one.trusted_until else "",
        "is_this": one.is_this,
    }


def _session(one: Session, *, is_this: bool, now: datetime) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.browser_name or gettext("A browser"),
        "place": one.address,
        "last_seen": moments.day_and_clock(one.last_seen_at, now=now),
        "is_this": is_this,
    }


def _sign_in_ways(view: SecurityView, *, now: datetime) -> list[dict[str, str]]:
    person = view.person
    line = gettext("At least 12 characters; a change signs you out everywhere else.")
    if person.proved_by_mailbox_at is not None:
        day = moments.day(person.proved_by_mailbox_at, now=now)
        line = gettext("Set by a mailed link on %(day)s.") % {"day": day}
    change = gettext("Change")
    return [
        {"name": gettext("Password"), "line": line, "url": "/profile/password", "link_text": change},
        {"name": gettext("Email address"), "line": person.email, "url": "/profile/address", "link_text": change},
    ]


def _turn(view: SecurityView, account: Account) -> dict[str, object]:
    stands = view.standing
    if stands.dormant:
        keep_label = gettext("Ask me for a code when I sign in")
    else:
        keep_label = gettext("Keep asking me even if %(account)s stops requiring it") % {"account": account.name}
    kept = view.person.chosen and stands.covered
    return {
        "can_turn_off": stands.may_turn_off,
        "why_not": "" if stands.may_turn_off else why_not_off(account),
        "can_keep_asking": not view.person.chosen,
        "keeps_asking": False,
        "keep_label": keep_label,
        "kept": gettext("You asked us to keep asking even if %(account)s stops requiring it.")
        % {"account": account.name}
        if kept
        else "",
    }
