"""What flows answer, in sentences: refusals, reasons and standings. Codes come in, translated text goes out.

Call `pages.speak` before: times are written in the reader's zone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext, gettext_noop, ngettext

from twofold.core.reasons import Reason
from twofold.core.refusals import No
from twofold.core.rules import EVERY_SIGN_IN
from twofold.core.standing import Word
from twofold.web import moments
from twofold.web.kinds.registry import KINDS, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from twofold.core.reasons import Because
    from twofold.core.refusals import Refusal
    from twofold.core.standing import Standing
    from twofold.core.wanted import Accepts
    from twofold.web.kinds.contract import KindWords

_MINUTE = 60
REASONS: Final = {
    Reason.CHOSEN: gettext_noop("You turned two-factor authentication on yourself."),
    Reason.RESET: gettext_noop("It was reset for you, so it has to be set up anew."),
    Reason.REQUIRED_FOR_AUDIENCE: gettext_noop("%(account)s has required it since %(at)s."),
    Reason.REQUIRED_FOR_GROUP: gettext_noop("%(account)s has required it of everybody in “%(detail)s” since %(at)s."),
    Reason.REQUIRED_FOR_PERSON: gettext_noop("%(account)s has required it of you alone since %(at)s."),
    Reason.METHODS_OF_GROUP: gettext_noop("decided for the group “%(detail)s”"),
    Reason.METHODS_OF_PERSON: gettext_noop("decided for you alone"),
    Reason.BETTER_WANTED: gettext_noop("Your way still counts, but %(account)s wants you to set up another."),
    Reason.NEW_BROWSER: gettext_noop("You never signed in on this browser before."),
    Reason.EXEMPT: gettext_noop("You are exempt until %(at)s."),
    Reason.EXEMPTION_OVER: gettext_noop("Your exemption ended on %(at)s."),
    Reason.NOT_REQUIRED: gettext_noop("%(account)s does not require it."),
    Reason.REQUIREMENT_NOT_STARTED: gettext_noop("%(account)s requires it from %(at)s on."),
    Reason.IN_GRACE: gettext_noop("Setting it up can wait until %(at)s."),
    Reason.GRACE_OVER: gettext_noop("Setting it up could wait until %(at)s."),
    Reason.DORMANT: gettext_noop("What you set up is kept, and not asked for when you sign in."),
    Reason.LAPSED: gettext_noop("What you set up was not used for a long time, so it has to be proved once."),
    Reason.SIGNS_IN_WITH_PROVIDER: gettext_noop("%(detail)s checks you when you sign in."),
    Reason.NOTHING_HELD: gettext_noop("You have nothing set up yet."),
    Reason.EVERY_SIGN_IN_BY_POLICY: gettext_noop("%(account)s asks for a code at every sign-in."),
    Reason.EVERY_SIGN_IN_BY_CHOICE: gettext_noop("You chose to be asked at every sign-in."),
    Reason.UNKNOWN_BROWSER: gettext_noop(
        "This browser does not answer for you: it is new, or you left the box empty last time."
    ),
    Reason.TRUST_ENDED: gettext_noop("This browser's time to answer for you ended on %(at)s."),
    Reason.TRUSTED_BROWSER: gettext_noop("This browser answers for you until %(at)s."),
    Reason.KIND_NO_LONGER_ALLOWED: gettext_noop("This no longer counts for you: %(detail)s."),
    Reason.PROVED_BY_MAILBOX: gettext_noop("Your password came by mail, so mailed codes do not count until %(at)s."),
    Reason.SUSPENDED: gettext_noop("Your access is suspended. Whoever runs %(account)s can lift that."),
    Reason.FROZEN: gettext_noop(
        "This sign-in was stopped from a mail (“this was not me”). Choose a new password to open it again."
    ),
    Reason.OUTSIDE_NETWORKS: gettext_noop(
        "%(account)s lets team members in from certain networks only, and you come from %(detail)s."
    ),
    # These explain a decision to an operator; to the person they say nothing.
    Reason.PROVED: "",
    Reason.ONLY_OPENS_SET_UP: "",
    Reason.NO_FIRST_FACTOR: "",
}
"""What each reason says; a test holds this table against the list of reasons."""


def refusal(refused: Refusal, *, now: datetime, has_recovery_codes: bool = True, kind: KindWords | None = None) -> str:
    """Return why a code was refused, in the words of its kind where that has some.

    Without recovery codes nobody is told that one works now.
    """
    own = kind.refusal(refused) if kind else ""
    if own:
        return own
    match refused.no:
        case No.USED:
            return gettext("That code was already used. Wait for the next one (up to 30 seconds).")
        case No.CLOCK if refused.at and refused.other_at:
            return gettext(
                "That code fits %(code_at)s; here it is %(here_at)s. Set the phone's clock to automatic; "
                "if colleagues see this too, tell your admin."
            ) % {"code_at": moments.clock(refused.at), "here_at": moments.clock(refused.other_at)}
        case No.SUPERSEDED if refused.at and refused.other_at:
            return gettext("That code is from %(old_at)s. Use the one we sent at %(new_at)s.") % {
                "old_at": moments.clock(refused.at),
                "new_at": moments.clock(refused.other_at),
            }
        case No.USED_RECOVERY_CODE if refused.at:
            return gettext("That code was used on %(day)s. Take the next one.") % {
                "day": moments.day(refused.at, now=now)
            }
        case No.WAITING if refused.at:
            # A wait of seconds is over before another code is found.
            is_long = not is_short(_seconds(refused.at, now))
            return _with_way_out(waiting(refused.at, now=now), has_recovery_codes=has_recovery_codes and is_long)
        case No.LOCKED:
            sentence = gettext("Too many wrong codes: no more are taken until somebody helps.")
            return _with_way_out(sentence, has_recovery_codes=has_recovery_codes)
        case No.TOO_SOON if refused.at:
            return gettext("A new code can be sent at %(until)s.") % {"until": moments.soon(refused.at, now=now)}
        case No.SENT_ENOUGH if refused.at:
            return gettext("So many codes were sent lately that the next one has to wait until %(until)s.") % {
                "until": moments.soon(refused.at, now=now)
            }
        case _:
            return _without_moments(refused)


def _seconds(until: datetime, now: datetime) -> int:
    return max(1, -int((now - until).total_seconds() // 1))


def is_short(seconds: int | None) -> bool:
    """Tell whether a wait of so many seconds is over before anybody needs to know more; None: it has no end."""
    return seconds is not None and seconds < _MINUTE


def waiting(until: datetime, *, now: datetime) -> str:
    """Return until when nothing is looked at; a short wait is told calmly: it comes after a slip of the finger."""
    seconds = _seconds(until, now)
    if is_short(seconds):
        return ngettext(
            "Wait %(seconds)d second, then type a code again.",
            "Wait %(seconds)d seconds, then type a code again.",
            seconds,
        ) % {"seconds": seconds}
    return gettext("Too many wrong codes. You can try again at %(until)s.") % {"until": moments.soon(until, now=now)}


def _with_way_out(sentence: str, *, has_recovery_codes: bool) -> str:
    way_out = gettext("A recovery code works now.")
    return f"{sentence} {way_out}" if has_recovery_codes else sentence


def sign_in_refusal(refused: Refusal, *, now: datetime) -> str:
    """Return why email and password were refused: the same words whether or not the address exists."""
    if refused.no is No.WAITING and refused.at:
        return gettext("Too many wrong passwords. You can try again at %(until)s.") % {
            "until": moments.soon(refused.at, now=now)
        }
    if refused.no is No.LOCKED:
        return gettext("Too many wrong passwords. Somebody who can help has to open this sign-in.")
    if refused.no is No.BUSY:
        return gettext("Very busy at the moment. Nothing is lost; try again in a few seconds.")
    return gettext("That email and password do not fit together. Check both, and try again.")


def mailbox_refusal(refused: Refusal, *, now: datetime) -> str:
    """Return why a mailed code was refused."""
    match refused.no:
        case No.WRONG if refused.left:
            return ngettext(
                "That code is not right. %(left)d more try with this one.",
                "That code is not right. %(left)d more tries with this one.",
                refused.left,
            ) % {"left": refused.left}
        case No.WRONG | No.UNREADABLE:
            return gettext("That code is not right. Type the eight digits from our newest mail.")
        case No.EXPIRED if refused.other_at:
            sent_at = moments.clock(refused.other_at)
            return gettext("That code is too old. Use the one that we sent you at %(sent_at)s.") % {"sent_at": sent_at}
        case No.EXPIRED:
            return gettext("That code is too old. Send a new one.")
        case No.TOO_MANY_TRIES:
            return gettext("That code was tried too often. Send a new one.")
        case No.WAITING if refused.at:
            return gettext("You can try again at %(until)s.") % {"until": moments.soon(refused.at, now=now)}
        case _:
            return refusal(refused, now=now)


def _without_moments(refused: Refusal) -> str:
    sentences = {
        No.WRONG: gettext("That code is not right. Look again, and type it once more."),
        No.ENDED: gettext("This sign-in ran out. Nothing is lost; start again."),
        No.TOO_LONG: gettext("That is too long for a code. Look again, and type it once more."),
        No.UNREADABLE: gettext(
            "That does not look like a code. A passcode has six digits, a recovery code sixteen letters and digits."
        ),
        No.TOO_MANY_TRIES: gettext("Too many wrong codes in this sign-in. Start again."),
        No.NOT_ALLOWED: gettext("That is no longer allowed here."),
        No.EXPIRED: gettext("That code is too old. Ask for a new one."),
        No.NEEDS_MAILBOX: gettext("Confirm your mailbox first."),
        No.NOT_FRESH: gettext("Show first that it is still you."),
        No.PROVED_BY_MAILBOX: gettext(
            "The password came by mail, so a mailed code would prove the same mailbox twice. "
            "A recovery code or another way counts."
        ),
        No.BUSY: gettext("Very busy at the moment. Nothing is lost; try again in a few seconds."),
        No.CANNOT_SEND: gettext("No code can be sent this way at the moment. Use another way."),
        No.NUMBER_UNREADABLE: gettext("Type the number with plus sign and country code."),
        No.NUMBER_NOT_FOR_TEXTS: gettext("Numbers of that sort take no texts of ours."),
        No.COUNTRY_NOT_SERVED: gettext("No texts are sent to that country."),
        No.NEEDS_HELPER: gettext("Less would be asked of you by this, so a second helper has to agree first."),
        No.STALE: gettext("Somebody changed this meanwhile. Look again, then repeat it."),
    }
    return sentences.get(refused.no, sentences[No.WRONG])


def reason(because: Because, *, account_name: str, now: datetime) -> str:
    """Return one reason why somebody is asked, or not; empty for those that say nothing to a person."""
    if because.reason is Reason.REQUIRED_FOR_AUDIENCE and because.at is None:
        return gettext("%(account)s requires it.") % {"account": account_name}
    if because.reason in {Reason.METHODS_OF_GROUP, Reason.METHODS_OF_PERSON}:
        return limited(because, gettext(REASONS[because.reason]) % {"detail": because.detail})
    if because.reason is Reason.KIND_NO_LONGER_ALLOWED:
        return _no_longer_counts((because.detail,), because.at, now=now)
    at = moments.day(because.at, now=now) if because.at else ""
    if because.reason is Reason.PROVED_BY_MAILBOX and because.at and because.at > now:
        # A matter of hours.
        at = moments.soon(because.at, now=now)
    sentence = REASONS[because.reason]
    return gettext(sentence) % {"account": account_name, "at": at, "detail": because.detail} if sentence else ""


def reasons(found: Iterable[Because], *, account_name: str, now: datetime) -> list[str]:
    """Return the reasons that say something, each once; one names all ways that count no more from the same day on."""
    found = tuple(found)
    no_more: dict[datetime | None, dict[str, None]] = {}
    for one in found:
        if one.reason is Reason.KIND_NO_LONGER_ALLOWED:
            no_more.setdefault(one.at, {})[one.detail] = None
    sentences = [
        _no_longer_counts(tuple(no_more[one.at]), one.at, now=now)
        if one.reason is Reason.KIND_NO_LONGER_ALLOWED
        else reason(one, account_name=account_name, now=now)
        for one in found
    ]
    return [sentence for sentence in dict.fromkeys(sentences) if sentence]


def limited(because: Because, decided: str) -> str:
    """Return what a rule of a group or a person limits, which ways, how often, or both; `decided`: for whom."""
    accepts, found = because.accepts, []
    if accepts is not None and accepts.old_ones_count:
        found.append(
            gettext("Whatever is set up from now on must be of these (%(decided)s): %(ways)s.")
            % {"decided": decided, "ways": _ways(accepts)}
        )
    elif accepts is not None:
        found.append(
            gettext("Only this counts (%(decided)s): %(ways)s.") % {"decided": decided, "ways": _ways(accepts)}
        )
    if because.trust_for == EVERY_SIGN_IN:
        found.append(gettext("A code is asked for at every sign-in (%(decided)s).") % {"decided": decided})
    elif because.trust_for is not None:
        found.append(
            ngettext(
                "A trusted computer is asked once in %(days)d day (%(decided)s).",
                "A trusted computer is asked once in %(days)d days (%(decided)s).",
                because.trust_for.days,
            )
            % {"days": because.trust_for.days, "decided": decided}
        )
    return " ".join(found)


def _ways(accepts: Accepts) -> str:
    """Return the kinds that a rule names, in the order of the registry, and what else it wants of them."""
    named = accepts.kinds
    parts = (
        []
        if named is None
        else [", ".join(name_of(one) for one in (*KINDS, *sorted(named - {*KINDS})) if one in named)]
    )
    if accepts.needs_phishing_resistant:
        parts.append(gettext("what is of no use on a false sign-in page"))
    elif accepts.needs_strong:
        parts.append(gettext("strong ways"))
    return "; ".join(parts)


def _no_longer_counts(kinds: Sequence[str], until: datetime | None, *, now: datetime) -> str:
    held = gettext(" and ").join(name_of(one) for one in sorted(kinds, key=[*KINDS, *kinds].index))
    sentence = gettext(REASONS[Reason.KIND_NO_LONGER_ALLOWED]) % {"detail": held}
    if until is None:
        return sentence
    if until <= now:
        more = ngettext("It opens nothing any more.", "They open nothing any more.", len(kinds))
    else:
        more = ngettext(
            "Until the end of %(day)s it opens the set-up of another way, and nothing else.",
            "Until the end of %(day)s they open the set-up of another way, and nothing else.",
            len(kinds),
        ) % {"day": moments.last_day(until, now=now)}
    return f"{sentence} {more}"


def standing_word(where: Standing, *, now: datetime, provider: str = "") -> str:
    """Return the one word for where somebody stands: the same on every page and in every report."""
    until = moments.last_day(where.until, now=now) if where.until else ""
    match where.word:
        case Word.OFF:
            return gettext("Off")
        case Word.SET_UP_NOT_ASKED:
            return gettext("Set up, not asked")
        case Word.ON_BY_CHOICE:
            return gettext("On, by choice")
        case Word.ON_REQUIRED:
            return gettext("On, required")
        case Word.MUST_SET_UP:
            return gettext("Must set up by %(until)s") % {"until": until} if until else gettext("Must set up")
        case Word.EXEMPT:
            return gettext("Exempt until %(until)s") % {"until": until}
        case Word.PROVIDER:
            return gettext("Signs in with %(provider)s") % {"provider": provider}
        case _:
            assert_never(where.word)


def exempt_beside(where: Standing, *, now: datetime) -> str:
    """Return until when an exemption runs that the word does not tell of; "" where none runs, or the word does."""
    if where.exemption_until is None or where.word is Word.EXEMPT:
        return ""
    return gettext("Exempt until %(until)s") % {"until": moments.last_day(where.exemption_until, now=now)}


def standing_tone(where: Standing) -> str:
    """Return the tone of the word: "good", "warn" or ""."""
    match where.word:
        case Word.ON_BY_CHOICE | Word.ON_REQUIRED:
            return "good"
        case Word.MUST_SET_UP:
            return "warn"
        case Word.OFF | Word.SET_UP_NOT_ASKED | Word.EXEMPT | Word.PROVIDER:
            return ""
        case _:
            assert_never(where.word)
