"""What a claimant has proved, when, and how strongly.

`Evidence` grows during an attempt and moves into the session: policy, fresh proof and tokens read the same values.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twofold.core.ids import EnrolmentId
from twofold.core.instants import to_micros
from twofold.core.json import (
    JsonObject,
    as_object,
    as_text,
    flag_in,
    instant_in,
    list_in,
    optional,
    refuse_unknown,
    text_in,
)

# Kinds of proof that are no second factor with an enrolment. Stored, never renamed.
PASSWORD: Final = "password"  # noqa: S105 -- the name of a proof, not a secret
RECOVERY_CODE: Final = "recovery_code"
ADMIN_CODE: Final = "admin_code"
ACCESS_PASS: Final = "access_pass"  # noqa: S105 -- the name of a proof, not a secret
MAIL_LINK: Final = "mail_link"
OPERATOR_LINK: Final = "operator_link"
MAILBOX: Final = "mailbox"

FIRST_FACTORS: Final = frozenset({PASSWORD, MAIL_LINK, OPERATOR_LINK})
# A code to the mailbox on file opens a first enrolment and nothing else, so it is neither a first factor nor a second.
_NO_SECOND_FACTOR = FIRST_FACTORS | {MAILBOX}


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What policy may know of a way of proving: its `amr` values (RFC 8176), and how it stands up to attacks.

    `mailed` is true where the proof comes out of the mailbox on file, which a reset by mail has proved already.
    """

    amr: tuple[str, ...]
    phishing_resistant: bool = False
    strong: bool = False
    mailed: bool = False


PASSWORD_TRAITS = Traits(amr=("pwd",))
LINK_TRAITS = Traits(amr=(), mailed=True)
OPERATOR_TRAITS = Traits(amr=())
RECOVERY_TRAITS = Traits(amr=("otp",))
"""A recovery code and a code from an admin are one-time passwords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One thing proved: its kind, the instant, its traits then, and the enrolment where there is one."""

    kind: str
    at: datetime
    traits: Traits
    enrolment_id: EnrolmentId | None = None

    @property
    def is_second_factor(self) -> bool:
        """Whether this can stand beside a first factor, as far as its kind goes; policy decides."""
        return self.kind not in _NO_SECOND_FACTOR

    def to_json(self) -> JsonObject:
        """Return this proof as JSON that `from_json` reads without loss. What is not so is not said.

        Every sign-in writes some of these, and reads them again.
        """
        traits = self.traits
        written: JsonObject = {"kind": self.kind, "at": to_micros(self.at), "amr": [*traits.amr]}
        if traits.phishing_resistant:
            written["phishing_resistant"] = True
        if traits.strong:
            written["strong"] = True
        if traits.mailed:
            written["mailed"] = True
        if self.enrolment_id is not None:
            written["enrolment_id"] = self.enrolment_id
        return written

    @classmethod
    def from_json(cls, value: JsonObject) -> "Proof":
        """Read what `to_json` wrote, or once did, when it said what is not so; MalformedJson for anything else."""
        refuse_unknown(value, _PROOF_KEYS)
        enrolment_id = optional(text_in, value, "enrolment_id")
        return cls(
            kind=text_in(value, "kind"),
            at=instant_in(value, "at"),
            traits=Traits(
                amr=tuple(as_text(item, "amr") for item in list_in(value, "amr")),
                phishing_resistant="phishing_resistant" in value and flag_in(value, "phishing_resistant"),
                strong="strong" in value and flag_in(value, "strong"),
                mailed="mailed" in value and flag_in(value, "mailed"),
            ),
            enrolment_id=None if enrolment_id is None else EnrolmentId(enrolment_id),
        )


_PROOF_KEYS = frozenset({"kind", "at", "amr", "phishing_resistant", "strong", "mailed", "enrolment_id"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything proved in one attempt or session, oldest first."""

    proofs: tuple[Proof, ...] = ()

    @property
    def first_factor(self) -> Proof | None:
        """Return the latest password or link, or None."""
        for proof in reversed(self.proofs):
            if proof.kind in FIRST_FACTORS:
                return proof
        return None

    @property
    def second_factor(self) -> Proof | None:
        """Return the latest proof that is neither password nor link nor mailbox (recovery codes count), or None."""
        for proof in reversed(self.proofs):
            if proof.is_second_factor:
                return proof
        return None

    @property
    def has_recovery_code(self) -> bool:
        """Whether one of the person's own recovery codes is among the proofs."""
        return self.has(RECOVERY_CODE)

    @property
    def amr(self) -> tuple[str, ...]:
        """Return the sorted authentication methods (RFC 8176), with "mfa" where a first and a second factor met."""
        methods = {method for proof in self.proofs for method in proof.traits.amr}
        if self.first_factor is not None and self.second_factor is not None:
            methods.add("mfa")
        return tuple(sorted(methods))

    def has(self, kind: str) -> bool:
        """Say whether a proof of this kind is among the proofs."""
        return any(proof.kind == kind for proof in self.proofs)

    def with_proof(self, proof: Proof) -> "Evidence":
        """Return this evidence with one more proof."""
        return Evidence((*self.proofs, proof))

    def to_json(self) -> JsonObject:
        """Return this evidence as JSON that `from_json` reads without loss."""
        return {"proofs": [proof.to_json() for proof in self.proofs]}

    @classmethod
    def from_json(cls, value: JsonObject) -> "Evidence":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, {"proofs"})
        return cls(tuple(Proof.from_json(as_object(item, "proof")) for item in list_in(value, "proofs")))
