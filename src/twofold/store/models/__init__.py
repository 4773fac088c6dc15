"""The tables, by subject. Rows only: what they mean is decided in core, who may touch them in the repositories.

Every table has the account in its primary key and in every unique key, but for `account` itself and `canary`.
There are no foreign keys: composite ones are beyond Django, and one on the account alone would lock its row for every
insert. `People.remove` erases what belongs to a person; a test walks over every table that has a person in it.
"""

from twofold.store.models.accounts import AccountModel, SettingModel
from twofold.store.models.announced import AnnouncedModel, StoppingModel
from twofold.store.models.attempts import AttemptModel, ChallengeModel, CounterModel
from twofold.store.models.audit import EventModel, HorizonModel
from twofold.store.models.browsers import BrowserModel, KnownBrowserModel
from twofold.store.models.enrolments import EnrolmentModel, RecoveryCodeModel
from twofold.store.models.helping import HelpActModel, HelpCallModel
from twofold.store.models.house import CanaryModel
from twofold.store.models.imports import ImportModel, ImportPartModel, ImportRowModel
from twofold.store.models.jobs import JobModel
from twofold.store.models.links import LinkModel
from twofold.store.models.people import GroupMemberModel, PersonModel, PersonWordModel
from twofold.store.models.policy import PolicyVersionModel
from twofold.store.models.reports import ReportModel, ReportPartModel
from twofold.store.models.sessions import SessionModel

__all__ = [
    "AccountModel",
    "AnnouncedModel",
    "AttemptModel",
    "BrowserModel",
    "CanaryModel",
    "ChallengeModel",
    "CounterModel",
    "EnrolmentModel",
    "EventModel",
    "GroupMemberModel",
    "HelpActModel",
    "HelpCallModel",
    "HorizonModel",
    "ImportModel",
    "ImportPartModel",
    "ImportRowModel",
    "JobModel",
    "KnownBrowserModel",
    "LinkModel",
    "PersonModel",
    "PersonWordModel",
    "PolicyVersionModel",
    "RecoveryCodeModel",
    "ReportModel",
    "ReportPartModel",
    "SessionModel",
    "SettingModel",
    "StoppingModel",
]
