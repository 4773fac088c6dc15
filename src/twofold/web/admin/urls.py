"""Where Admin Center and the guides are."""

from __future__ import annotations

from typing import Final

from django.urls import path, register_converter

from twofold.core.ids import SHAPE
from twofold.web import guides
from twofold.web.admin import (
    appearance,
    audit,
    authentication,
    exempt,
    group_edit,
    group_members,
    groups,
    help_address,
    help_list,
    help_person,
    mail,
    networks,
    overview,
    passwords,
    people,
    people_import,
    people_invite,
    people_rule,
    reports,
    roll_out,
    roll_out_preview,
    sign_up,
    texts,
    whats_new,
)

_AUTHENTICATION: Final = "admin/account/security/advanced/authentication"


class RowId:
    """An id as Entropy makes them: 26 characters of lower-case Crockford base32. Anything else is not found."""

    regex = SHAPE

    def to_python(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(RowId, "row")

urlpatterns = [
    path("admin", overview.to_first_steps),
    path("admin/first-steps", overview.steps),
    path("admin/whats-new", whats_new.page),
    path("admin/people", people.listed),
    path("admin/people/add", people.add),
    path("admin/people/invite-again", people_invite.again),
    path("admin/people/import", people_import.listed),
    path("admin/people/import/<row:import_id>", people_import.one),
    path("admin/people/import/<row:import_id>/confirm", people_import.confirm),
    path("admin/people/import/<row:import_id>/cancel", people_import.cancel),
    path("admin/people/import/<row:import_id>/invite", people_import.invite),
    path("admin/people/import/<row:import_id>/invite/stop", people_import.stop_inviting),
    path("admin/people/import/<row:import_id>/errors", people_import.wrong),
    path("admin/people/rule", people_rule.rule),
    path("admin/people/groups", groups.listed),
    path("admin/people/groups/add", group_edit.add),
    path("admin/people/groups/put-in", group_members.put_in),
    path("admin/people/groups/<row:group_id>", groups.group),
    path("admin/people/groups/<row:group_id>/rule", group_edit.rule),
    path("admin/people/groups/<row:group_id>/take-out", group_members.take_out),
    path("admin/people/groups/<row:group_id>/remove", group_edit.remove),
    path("admin/people/<row:person_id>", people.person),
    path("admin/people/<row:person_id>/password", passwords.set_one),
    path("admin/people/<row:person_id>/role", people.role),
    path("admin/people/<row:person_id>/suspend", people.suspend),
    path("admin/people/<row:person_id>/unsuspend", people.unsuspend),
    path("admin/people/<row:person_id>/end-sessions", people.end_sessions),
    path("admin/people/<row:person_id>/remove", people.remove),
    path("admin/people/<row:person_id>/invite", people.invite),
    path("admin/people/<row:person_id>/invitation-link", people.invitation_link),
    path("admin/people/<row:person_id>/address", help_address.propose),
    path("admin/people/<row:person_id>/ask", people.ask),
    path("admin/people/<row:person_id>/helps", people.let_help),
    path("admin/people/<row:person_id>/help", help_person.page),
    path("admin/people/<row:person_id>/help/words", help_person.send_words),
    path("admin/people/<row:person_id>/exempt", exempt.person),
    path("admin/people/groups/<row:group_id>/exempt", exempt.group),
    path("admin/exemptions", exempt.listed),
    path("admin/roll-out", roll_out.page),
    path("admin/roll-out/preview", roll_out_preview.page),
    path("admin/help", help_list.listed),
    path("admin/help/<row:act_id>", help_list.one),
    path("admin/help/<row:act_id>/approve", help_list.approve),
    path("admin/help/<row:act_id>/refuse", help_list.refuse),
    path("admin/help/<row:act_id>/withdraw", help_list.withdraw),
    path("admin/help/<row:act_id>/do", help_list.do),
    path("admin/help/calls/<row:call_id>/close", help_person.close_call),
    path("links/confirmation", help_address.confirm),
    path("links/stop_help", help_list.stop),
    path("admin/account/appearance", appearance.page),
    path("admin/account/audit", audit.page),
    path("admin/account/audit/export", audit.export),
    path("admin/account/audit/keep", audit.keep),
    path("admin/account/mail", mail.page),
    path("admin/account/mail/test", mail.send_test),
    path("admin/account/mail/test/confirm", mail.confirm_test),
    path("admin/account/texts", texts.page),
    path("admin/account/texts/test", texts.send_test),
    path("admin/account/texts/test/confirm", texts.confirm_test),
    path("admin/account/security", overview.security),
    path("admin/account/security/networks", networks.page),
    path("admin/account/security/passwords", passwords.rules),
    path("admin/account/security/sign-up", sign_up.page),
    path(_AUTHENTICATION, authentication.authentication),
    path(f"{_AUTHENTICATION}/restore", authentication.restore),
    path(f"{_AUTHENTICATION}/set-up-first", authentication.set_up_first),
    path("admin/reports", reports.listed),
    path("admin/reports/<row:report_id>", reports.one),
    path("admin/reports/<row:report_id>/download", reports.download),
    path("guides/<slug:guide>", guides.page),
]
