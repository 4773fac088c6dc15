"""Imports of people in words: how far one is, what is wrong with a file or a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from twofold.core.people_csv import BYTES_MOST, LINES_IN_ALL, ROWS_MOST, Encoding, FileProblem
from twofold.core.roles import Role
from twofold.flows.import_inviting import COUNTED_MOST, Going
from twofold.flows.people_import import Cannot
from twofold.ports.imports import ImportState, RowProblem, Stopped
from twofold.ports.people import LONGEST_NAME
from twofold.web import moments, pages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twofold.core.ids import GroupId
    from twofold.core.people_csv import BadFile
    from twofold.flows.import_inviting import InvitingView
    from twofold.flows.people_import import ImportView
    from twofold.ports.imports import Import, ImportRow

MEBIBYTES_MOST = BYTES_MOST // 1024 // 1024
_NOTHING = "-"


def shown(view: ImportView, *, now: datetime) -> dict[str, object]:
    """Return one import, for its page and for the list."""
    one = view.one
    is_over = view.is_over and one.state in {ImportState.RECEIVING, ImportState.READING, ImportState.READY}
    return {
        "id": one.id,
        "file": one.file.name or gettext("a file without a name"),
        "asked_at": moments.day_and_clock(one.asked_at, now=now),
        "by": view.by or gettext("somebody who was removed"),
        "state": "over" if is_over else one.state.value,
        "heading": _over(one) if is_over else _heading(one),
        "state_word": gettext("its time is over") if is_over else _state_word(one.state),
        "state_tone": {ImportState.DONE: "good", ImportState.STOPPED: "bad"}.get(one.state, ""),
        "is_moving": not is_over and one.state in {ImportState.READING, ImportState.ADDING},
        "may_cancel": not is_over and one.finished_at is None,
        "until": moments.soon(one.expires_at, now=now) if now < one.expires_at else "",
        "of": one.of,
        "done": one.done,
        "read_words": ngettext("%(done)s of %(of)s row is read.", "%(done)s of %(of)s rows are read.", one.of)
        % {"done": count(one.done), "of": count(one.of)},
        "new": one.new,
        "added": one.added,
        "went_through": one.added + one.met,
        "added_words": ngettext("%(done)s of %(of)s person is added.", "%(done)s of %(of)s people are added.", one.new)
        % {"done": count(one.added + one.met), "of": count(one.new)},
        "added_told": ngettext(
            "%(number)s person was added by this import.", "%(number)s people were added by this import.", one.added
        )
        % {"number": count(one.added)},
        "told": _told(one),
        "notes": _notes(one),
        "button": ngettext("Add %(number)s person", "Add %(number)s people", one.new) % {"number": count(one.new)},
        "cannot": cannot(view.cannot) if view.cannot and view.cannot is not Cannot.NOT_READY else "",
        "why": _over(one) if one.because is Stopped.EXPIRED else _stopped(one.because) if one.because else "",
        "is_invited": one.invite,
    }


def inviting(view: InvitingView, *, added: int) -> dict[str, object]:
    """Return how far inviting the people of an import is, and the button that begins it ("": none)."""
    mine = view.mine
    return {
        "is_going": mine is not None and mine.state is Going.GOING,
        "told": _invited(view),
        "behind": mine.invited if mine else 0,
        "of": added,
        "button": _invites(view.left) if view.left else "",
        "other": view.other or "",
    }


def _invites(left: int) -> str:
    if left > COUNTED_MOST:
        return gettext("Invite everybody of this import who never signed in (more than %(most)s people)") % {
            "most": count(COUNTED_MOST)
        }
    return ngettext(
        "Invite the %(number)s person of this import who never signed in",
        "Invite the %(number)s people of this import who never signed in",
        left,
    ) % {"number": count(left)}


def _invited(view: InvitingView) -> str:
    mine = view.mine
    if mine is None:
        return ""
    number = {"number": count(mine.invited)}
    match mine.state:
        case Going.GOING:
            sentence = ngettext(
                "Invitations are being mailed: %(number)s person so far.",
                "Invitations are being mailed: %(number)s people so far.",
                mine.invited,
            )
        case Going.DONE:
            sentence = ngettext(
                "An invitation was mailed to %(number)s person of this import.",
                "Invitations were mailed to %(number)s people of this import.",
                mine.invited,
            )
        case Going.CANCELLED | Going.STOPPED:
            sentence = ngettext(
                "Mailing invitations stopped after %(number)s person of this import.",
                "Mailing invitations stopped after %(number)s people of this import.",
                mine.invited,
            )
        case _:
            assert_never(mine.state)
    return sentence % number


def good(row: ImportRow, names: Mapping[GroupId, str]) -> dict[str, object]:
    """Return a row that adds somebody."""
    return {
        "line": row.line,
        "email": row.email,
        "name": row.name,
        "role_word": pages.role_word(row.gives or Role.END_USER),
        "groups": ", ".join(names.get(group, gettext("a group that is gone")) for group in row.into),
    }


def met(row: ImportRow) -> dict[str, object]:
    """Return a row whose person came in otherwise."""
    return {"line": row.line, "email": row.email, "id": row.person or ""}


def wrong(row: ImportRow) -> dict[str, object]:
    """Return a row with an error."""
    said = [row.email, row.name, row.role, row.groups]
    return {"line": row.line, "said": " · ".join(text for text in said if text) or _NOTHING, "problem": problem(row)}


def problem(row: ImportRow) -> str:
    """Say what is wrong with a row."""
    texts = {
        RowProblem.NO_ADDRESS: gettext("There is no email address."),
        RowProblem.NOT_AN_ADDRESS: gettext("This is no email address."),
        RowProblem.NAME_TOO_LONG: gettext("The name is too long: %(most)d characters at most.")
        % {"most": LONGEST_NAME},
        RowProblem.NAME_UNREADABLE: gettext("The name holds characters that nobody can read, or several lines."),
        RowProblem.UNKNOWN_ROLE: gettext("There is no such role. There are: %(roles)s.")
        % {"roles": ", ".join(roles())},
        RowProblem.ROLE_NOT_YOURS: gettext("An admin cannot give this role alone. An owner can."),
        RowProblem.UNKNOWN_GROUP: gettext("No group has this name, or more than one has."),
        RowProblem.GROUP_ASKS_LESS: gettext(
            "This group asks for less than is asked of this person otherwise. Put them in on the page of the group."
        ),
        RowProblem.DOUBLE: gettext("Line %(line)s has the same address.") % {"line": row.other},
        RowProblem.TOO_MANY_CELLS: gettext("The row has more values than the first line has columns."),
        RowProblem.BROKEN_QUOTES: gettext("A quotation mark is missing or stands in the wrong place."),
    }
    return texts[row.problem] if row.problem else ""


def bad_file(found: BadFile) -> str:
    """Say why a file is not taken."""
    columns = ", ".join(f"“{column}”" for column in found.columns if column) or gettext("none")
    return {
        FileProblem.EMPTY: gettext("This file is empty."),
        FileProblem.TOO_LARGE: gettext("This file is larger than %(most)d MiB. Split it, and send one after the other.")
        % {"most": MEBIBYTES_MOST},
        FileProblem.NOT_TEXT: gettext(
            "This is no CSV file. Save it as CSV in your spreadsheet program, then send that."
        ),
        FileProblem.NO_EMAIL_COLUMN: gettext(
            "The first line has to name the columns, and one of them has to be “email”. It names: %(columns)s."
        )
        % {"columns": columns},
        FileProblem.COLUMN_TWICE: gettext("A column is there twice. The first line names: %(columns)s.")
        % {"columns": columns},
    }[found.problem]


def cannot(because: Cannot) -> str:
    """Say why an import cannot be confirmed."""
    return {
        Cannot.NOT_YOURS: gettext("Only whoever sent the file can add its people: it was judged by what they may do."),
        Cannot.ROLE_CHANGED: gettext("Your role changed since you sent the file. Send it again."),
        Cannot.NOTHING_NEW: gettext("No row adds anybody."),
        Cannot.NOT_READY: gettext("The import is not waiting for this any more."),
    }[because]


def roles() -> tuple[str, ...]:
    """Return the roles as a file names them."""
    return tuple(role.value.replace("_", " ") for role in Role)


def count(number: int) -> str:
    """Return a number as people read it: 4,812."""
    return number_format(number, force_grouping=True)


def _told(one: Import) -> list[str]:
    """Say what stands in the file: who is new, who is here, what is wrong."""
    found = []
    if one.new and one.state is ImportState.READY:
        sentence = ngettext("%(number)s person is new.", "%(number)s people are new.", one.new)
        found.append(sentence % {"number": count(one.new)})
    if one.here:
        sentence = ngettext(
            "%(number)s person is here already and stays unchanged, whatever the file says of them.",
            "%(number)s people are here already and stay unchanged, whatever the file says of them.",
            one.here,
        )
        found.append(sentence % {"number": count(one.here)})
    if one.wrong:
        sentence = ngettext("%(number)s row has an error.", "%(number)s rows have errors.", one.wrong)
        found.append(sentence % {"number": count(one.wrong)})
    return found


def _notes(one: Import) -> list[str]:
    """Say how the file was read, where that is not sure to be what was meant."""
    found = []
    if one.file.encoding is Encoding.WINDOWS_1252:
        found.append(
            gettext("The file is not in UTF-8, so it was read as Windows-1252. Look whether all letters are right.")
        )
    if one.file.head.ignored:
        columns = ", ".join(f"“{column}”" for column in one.file.head.ignored)
        found.append(gettext("These columns are not read: %(columns)s.") % {"columns": columns})
    return found


def _heading(one: Import) -> str:
    """Say how far an import is; of one that is done, whether somebody of the file was left out."""
    if one.state is ImportState.DONE and not one.added:
        return gettext("Nobody was added")
    if one.state is ImportState.DONE and (one.met or one.wrong):
        return gettext("Done, but not every row added somebody")
    if one.state is ImportState.READY and not one.new:
        return gettext("The file would add nobody")
    return {
        ImportState.RECEIVING: gettext("The file did not arrive whole"),
        ImportState.READING: gettext("The file is being read"),
        ImportState.READY: gettext("Nobody is added yet"),
        ImportState.ADDING: gettext("People are being added"),
        ImportState.DONE: gettext("Everybody is added"),
        ImportState.CANCELLED: gettext("Cancelled"),
        ImportState.STOPPED: gettext("It stopped"),
    }[one.state]


def _over(one: Import) -> str:
    """Say why the time of an import is over that never added anybody."""
    if one.of and one.done >= one.of:
        return gettext("Nobody confirmed it within 24 hours")
    # The worker stood still, or the file never came whole.
    return gettext("The file could not be read within 24 hours")


def _state_word(state: ImportState) -> str:
    return {
        ImportState.RECEIVING: gettext("did not arrive whole"),
        ImportState.READING: gettext("being read"),
        ImportState.READY: gettext("waiting for your yes"),
        ImportState.ADDING: gettext("adding people"),
        ImportState.DONE: gettext("done"),
        ImportState.CANCELLED: gettext("cancelled"),
        ImportState.STOPPED: gettext("stopped"),
    }[state]


def _stopped(because: Stopped) -> str:
    return {
        Stopped.TOO_MANY_ROWS: gettext("The file has more than %(most)s rows. Split it, and send one after the other.")
        % {"most": count(ROWS_MOST)},
        Stopped.TOO_MANY_LINES: gettext(
            "The file has more than %(most)s lines, empty ones counted. Remove the empty ones, then send it again."
        )
        % {"most": count(LINES_IN_ALL)},
        Stopped.NO_ROWS: gettext("There is nothing below the first line."),
        Stopped.ASKER_CHANGED: gettext("Whoever sent the file is suspended, gone, or has another role by now."),
        Stopped.BROKEN_OFF: gettext("Something went wrong on the server; whoever runs it finds more in the log."),
        Stopped.EXPIRED: gettext("Its time is over."),
    }[because]
