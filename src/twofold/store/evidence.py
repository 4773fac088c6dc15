"""Evidence and trust as the JSON texts in which rows hold them."""

from __future__ import annotations

from functools import lru_cache

from twofold.core.assurance import Evidence, Proof
from twofold.core.trust import Trust
from twofold.store.rows import from_text, to_text


@lru_cache(maxsize=2048)
def read_evidence(text: str) -> Evidence:
    """Return the evidence of a stored text; a session's is read at every request, and a value never changes."""
    return Evidence.from_json(from_text(text))


def write_evidence(evidence: Evidence) -> str:
    """Return the text of some evidence."""
    return to_text(evidence.to_json())


@lru_cache(maxsize=2048)
def read_trust(text: str) -> Trust:
    """Return the trust of a stored text."""
    return Trust(Proof.from_json(from_text(text)))


def write_trust(trust: Trust) -> str:
    """Return the text of some trust."""
    return to_text(trust.proof.to_json())
