"""The workers of one process: each queue has its own, so that nothing slow holds up what goes another way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.delivery.turns import Turns
from twofold.delivery.worker import Worker
from twofold.store.jobs import Queue

if TYPE_CHECKING:
    from twofold.delivery.needs import Needs


@dataclass(frozen=True, slots=True)
class Share:
    """How many workers a queue has, and how many of them one account may keep busy at once."""

    workers: int
    each: int


MAIL: Final = Share(workers=4, each=1)
"""One connection to one mail server, as ever; a slow one keeps a quarter."""
TEXTS: Final = Share(workers=6, each=3)
"""A provider is asked anew for each text, so several go at once."""


def crew(needs: Needs) -> dict[str, Worker]:
    """Return the workers by name; the first one also tidies up. Of a queue all but one help when that is held up."""
    workers = {"work": Worker(needs, Queue.WORK)}
    for queue, share in ((Queue.MAIL, MAIL), (Queue.TEXTS, TEXTS)):
        turns = Turns(each=share.each)
        for number in range(share.workers):
            name = f"{queue.value}-{number}" if number else queue.value
            workers[name] = Worker(needs, queue, turns, helps=number > 0)
    return workers
