"""One question to a provider over HTTP, and its answer, as values; and how much of one there may be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.json import JsonObject

CONNECT_WITHIN: Final = 5.0
"""Seconds."""
ANSWER_WITHIN: Final = 20.0
"""Seconds for the whole of it, however slowly an answer trickles in."""
MOST: Final = 64 * 1024
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. `public_only`: the address must not lead to a network of our own."""

    method: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    public_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = field(repr=False)

    @property
    def is_yes(self) -> bool:
        """Say whether the status is one of success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> JsonObject | None:
        """Return the body as a JSON object; None where it is something else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
