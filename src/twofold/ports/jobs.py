"""Work for later: done by the worker after the commit, in chunks that survive being killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId, JobId, PersonId
    from twofold.core.json import JsonObject

TELL_DORMANT = "tell_dormant"
"""Mail everybody whose enrolment a requirement's end has made dormant.

The body holds `number`, the policy with which it ended, `end_users`, whether it may have named any, and `after`, the id
of the person up to whom it was done. The mails of a chunk and the new `after` are written in one transaction, so that
each person is told once.
"""

MAKE_REPORT = "make_report"
"""Make the next part of a status report.

The body holds `report`, its id, and `behind`, the id of the person with whom the part before ended. The part and the
job for the next one are written in one transaction.
"""

REMIND_APPROVAL = "remind_approval"
"""Ask those who may agree to a request once more. The body holds `request`, its id."""

EXEMPTION_ENDS = "exemption_ends"
"""Tell that an exemption ends soon.

The body holds `until`, as it stood when the job was put, `by`, who gave it, and `person` or `group`, the other one
being empty; of a group also `after`, the id of the person up to whom its people were told. An exemption that was ended
or changed meanwhile has jobs of its own, or none.
"""

TELL_SET_UP = "tell_set_up"
"""Mail everybody who is to set up a second factor and has none.

The body holds whom requirements name: `audiences`, and `groups` by their ids; `starts_at` and `grace_for` of what is
told of, without which it is dropped (0: it is told whatever changed), and `number`, the policy with which that was
saved: it is dropped as well once a later saving was told of; `template` and `params` of the mail; and `after`, the id
of the person up to whom it was done. With `due`, two instants, only those are reminded of whose own
date it became time between them. With `alone` it goes through those of whom something is required by a rule of their
own, and tells whom nothing of the rest names. The mails of a chunk and the job for the next one are written in one
transaction, so that each person is told once.
"""

TELL_OWN_RULE = "tell_own_rule"
"""Mail one person that a second factor is required of them alone, while they have none.

The body holds `person`; `starts_at` and `grace_for` of what is required, after which it is dropped when it stands no
more; `template` and `params` of the mail. Where something else is required, what waits is dropped at once.
"""

TELL_CALLED_OFF = "tell_called_off"
"""Mail whoever was told of a second factor that is not required of them any more, or on another day.

The body holds `after`, the id of the person up to whom it was done, or `people`, the ids of some who are looked at
alone, all at once. The mails of a chunk, what is kept of them and the job for the next one are written in one
transaction, so that each person is told once.
"""

TELL_WAYS = "tell_ways"
"""Mail whoever holds a way that counts no more, or counts again.

The body holds `number`, the policy with which that was saved, `end_users`, whether it may be about any, and `after`,
the id of the person up to whom it was done; or else `people`, the ids of some who are looked at alone, all at once, and
`heard`, those among them whom another mail tells that they are asked no more. With `remind_of`, a last day, these
people are reminded of it. The mails of a chunk, what is kept of them and the job for the next one are written in one
transaction, so that each person is told once.
"""

TELL_THE_REST = "tell_the_rest"
"""Mail what happened to those of many whom the block that it happened in did not come to.

The body holds `template`, `params` and `expires_at` (None: never) of the mail, and `people`, as they were in that
block: of each the id, address, name, language and time zone. The mails of some and the job for those left are written
in one transaction.
"""

LOOK_TOGETHER = "look_together"
"""Look whether a saved policy lets weaker kinds count for people in whom several rules meet, and tell of it.

The body holds `number`, the version's, `by` and `url` for the mail, `behind`, the id of the person up to whom it was
done, how many were `found`, and the first of them in `named`.
"""

COUNT_PEOPLE = "count_people"
"""Count the next of an audience or a group, where people are too many to be counted while somebody waits.

The body holds `whose`, an audience or the id of a group, by what people belonged to that (`meant`), without which it is
dropped, `behind`, the id of the person up to whom it was done, the `sums` so far, and of an audience `days`, the same
by day from `since` on.
"""

READ_IMPORT = "read_import"
"""Read and judge the next rows of a file of people.

The body holds `import`, its id, and where reading goes on: `part`, `at` and `line`; 0 in `line`: the rows are still to
be counted. Rows and the job for the next ones are written in one transaction.
"""

APPLY_IMPORT = "apply_import"
"""Add the next people of a file that was read and confirmed.

The body holds `import`, its id, and from where it was confirmed: `address` and `browser`. People, what became of their
rows, and the job for the next ones are written in one transaction.
"""


INVITE_IMPORTED = "invite_imported"
"""Mail invitations to the next people of an import that added them without.

The body holds `import`, its id, and from where it was asked for: `address` and `browser`. Invitations, how far it is,
and the job for the next ones are written in one transaction.
"""


class Jobs(Protocol):
    """Where jobs wait."""

    def add(
        self,
        account: AccountId,
        *,
        id: JobId,  # noqa: A002 -- the word of every record
        kind: str,
        body: JsonObject,
        run_at: datetime,
        put_at: datetime,
        person_id: PersonId | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Store one, in the present transaction; the body is sealed and erased when it is done."""

    def drop(self, account: AccountId, kind: str, person_id: PersonId) -> None:
        """Drop what waits of one kind about a person, in the present transaction; whoever works on it has lost it."""
