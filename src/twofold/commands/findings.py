"""What `./run doctor` found, a line each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a finding is shown."""

    GOOD = "ok"
    NOTE = "--"
    BAD = "!!"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, and what was found."""

    mark: Mark
    about: str
    text: str
