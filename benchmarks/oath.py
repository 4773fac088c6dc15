"""What an authenticator app shows now."""

from __future__ import annotations

import time
from base64 import b32decode
from datetime import UTC, datetime

from twofold.core.passcodes import hotp, time_step


def passcode(key: str, *, wait_for_room: bool = True) -> str:
    """Return the present passcode of a base32 key; near the end of a step, the next step is waited for."""
    now = time.time()  # noqa: TID251 -- a benchmark lives by the real clock
    left = 30 - now % 30
    if wait_for_room and left < 1:
        time.sleep(left + 0.05)
        now = time.time()  # noqa: TID251 -- as above
    return hotp(b32decode(key), time_step(datetime.fromtimestamp(now, tz=UTC)))
