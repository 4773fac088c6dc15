"""Names of things: 26 characters of lower-case Crockford base32 (128 random bits), made by the entropy port.

Each kind has a type of its own, so that one person's id cannot be handed in where a session's belongs.
"""

from typing import Final, NewType

LENGTH: Final = 26
SHAPE: Final = f"[0-9a-hjkmnp-tv-z]{{{LENGTH}}}"
"""What an id looks like, as a regular expression."""

AccountId = NewType("AccountId", str)
PersonId = NewType("PersonId", str)
EnrolmentId = NewType("EnrolmentId", str)
AttemptId = NewType("AttemptId", str)
SessionId = NewType("SessionId", str)
BrowserId = NewType("BrowserId", str)
LinkId = NewType("LinkId", str)
JobId = NewType("JobId", str)
EventId = NewType("EventId", str)
GroupId = NewType("GroupId", str)
ReportId = NewType("ReportId", str)
HelpActId = NewType("HelpActId", str)
HelpCallId = NewType("HelpCallId", str)
ImportId = NewType("ImportId", str)
