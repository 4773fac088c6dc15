"""The audit log says in words whatever an event may hold: codes stand only in what is taken out."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.core.values import NOW
from tests.docs.test_events import RECORDED, SOURCE
from tests.walks.event_kit import raw_codes
from twofold.core import assurance
from twofold.core.groups import Extra, Group
from twofold.core.helping import Act, Check, What
from twofold.core.ids import EventId, GroupId
from twofold.core.notices import Notice
from twofold.core.password_rules import PasswordRules
from twofold.core.policy import Accepts, Requirement, Weaker
from twofold.core.reasons import Reason
from twofold.core.refusals import No
from twofold.core.roles import Audience, Role
from twofold.core.rules import default_rules
from twofold.core.texts import Provider
from twofold.core.throttle import Lane
from twofold.factors.registry import FACTORS
from twofold.flows import policy_told
from twofold.flows.barriers import Barrier
from twofold.flows.import_inviting import Going
from twofold.ports.audit import Event
from twofold.ports.helping import Place
from twofold.ports.imports import ImportState, Stopped
from twofold.web.admin import event_codes, event_parts, event_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twofold.core.json import JsonObject, JsonValue

_PROOFS = ("PASSWORD", "RECOVERY_CODE", "ADMIN_CODE", "ACCESS_PASS", "MAIL_LINK", "OPERATOR_LINK", "MAILBOX")
KINDS = [*FACTORS, *(getattr(assurance, name) for name in _PROOFS)]
VALUES: list[tuple[str, str, Iterable[str]]] = [
    ("help.asked", "act", Act),
    ("help.code_given", "check", Check),
    ("help.code_given", "what", What),
    ("help.code_given", "sent_over", ("email", "sms")),
    ("help.called", "place", Place),
    ("help.words_sent", "channel", ("email", "sms")),
    ("import.ended", "because", Stopped),
    ("import.ended", "state", ImportState),
    ("import.invitations_ended", "state", Going),
    ("passcode.sent", "for", ("sign_in", "set_up")),
    ("passcode.sent", "kind", FACTORS),
    ("proof.given", "kind", KINDS),
    ("second_factor.refused", "because", No),
    ("second_factor.refused", "lane", Lane),
    ("sign_in.admitted", "reasons", Reason),
    ("sign_in.denied", "reason", Reason),
    ("person.rescued", "opened", Barrier),
    ("person.added", "role", Role),
    ("person.role_changed", "before", Role),
    ("policy.changed", "weakens", [f"{whose}.{one}" for whose in (*Audience, "group") for one in Weaker]),
    ("profile.changed", "changed", ("name", "locale", "time_zone")),
    ("audit.exported", "form", ("csv", "jsonl")),
    ("owner.made", "by", ("link", "settings")),
    ("mail.changed", "security", ("starttls", "tls")),
    ("sms.changed", "provider", Provider),
    ("notices.changed", "silenced", Notice),
    ("sign_in.admitted", "amr", ["mfa", *(one for factor in FACTORS.values() for one in factor.traits.amr)]),
]


def an_event(kind: str, detail: JsonObject) -> Event:
    return Event(id=EventId("1"), at=NOW, kind=kind, actor="system", detail=detail)


@pytest.mark.parametrize("kind", sorted(RECORDED))
def test_every_kind_has_its_sentence_and_every_part_its_name(kind: str) -> None:
    assert event_words.sentence(kind) != kind
    for part in RECORDED[kind] - {"before", "after"} - event_parts.IDS:
        assert event_parts.label(kind, part)[0].isupper(), part


@pytest.mark.parametrize(("kind", "part", "codes"), VALUES, ids=[f"{kind}-{part}" for kind, part, _ in VALUES])
def test_every_code_has_words(kind: str, part: str, codes: Iterable[str]) -> None:
    for code in codes:
        value: JsonValue = str(code)
        assert raw_codes(an_event(kind, {part: value})) == [], code
        assert raw_codes(an_event(kind, {part: [value]})) == [], code
        assert raw_codes(an_event(kind, {"after": {part: value}})) == [], code


def test_the_list_of_kinds_holds_each_once_in_the_order_of_its_words() -> None:
    groups = event_words.kinds()
    kinds = [kind for _, some in groups for kind, _ in some]
    assert sorted(kinds) == sorted(kind for kind in RECORDED if event_words.is_kind(kind))
    assert set(RECORDED) == set(kinds)
    for _, some in groups:
        words = [words.casefold() for _, words in some]
        assert words == sorted(words)


def test_what_asks_for_less_are_sentences_with_one_end() -> None:
    detail: JsonObject = {"weakens": ["team.requirement_off", "end_users.trust_longer"]}
    facts = event_words.shown(an_event("policy.changed", detail), {}, now=NOW)["facts"]
    told = "Team members: a second factor is no longer required; End users: a trusted computer is asked less often"
    assert facts == [{"label": "Asks for less", "value": told}]


def test_every_part_of_a_policy_has_words() -> None:
    """Everything that a policy may say at once, with a group and a rule of one person's own."""
    accepts = Accepts(kinds=frozenset(FACTORS), needs_strong=True, old_ones_prove_until=NOW)
    required = Requirement(starts_at=NOW, grace_for=timedelta(days=3), skips=3, ends_open_sessions=True)
    extra = Extra(
        accepts=accepts,
        required=required,
        trust_for=timedelta(),
        exempt_until=NOW,
        exempt_because="Fair",
        paused_until=NOW,
    )
    old = default_rules()
    team = replace(old.team, required=required, accepts=accepts, paused_until=NOW, one_method=True)
    group = Group(name="Night", roles=frozenset(Role), domains=frozenset({"acme.example"}), extra=extra)
    new = replace(old, team=team, groups={GroupId("01"): group}, networks=("192.0.2.0/24",))
    detail: JsonObject = {"before": policy_told._shown(old, new), "after": policy_told._shown(new, old)}
    changed = event_words.shown(an_event("policy.changed", detail), {}, now=NOW)["changes"]
    assert isinstance(changed, list)
    assert raw_codes(an_event("policy.changed", detail)) == []
    for line in changed:
        assert [name for name in line["label"].split(" > ") if name[0].islower()] == []
    said = " | ".join(f"{line['label']}: {line['before']} → {line['after']}" for line in changed)
    assert "Team members > Ways that count > Kinds: every kind → " in said
    assert "“Night” > Asks for > Exempt because: nothing → Fair" in said
    assert "“Night” > Roles: nothing → " in said
    assert set(PasswordRules().to_json()) <= set(event_parts.LABELS)


def test_every_mail_that_can_freeze_has_words() -> None:
    warned = {
        argument.value
        for path in sorted((SOURCE / "flows").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "warn"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    assert len(warned) > 10
    # These are put by a name, or by a form of one's own.
    assert warned | {"exempted", "factor_set_up", "security_settings"} == set(event_codes.MAILS)
