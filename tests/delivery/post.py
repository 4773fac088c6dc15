"""A house as the worker sees it: messages are put, time passes, the worker takes steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes import START
from twofold.core.ids import AccountId, JobId
from twofold.delivery.senders import KEPT
from twofold.delivery.worker import Worker
from twofold.ports.accounts import Account
from twofold.ports.outbox import Message, SendState
from twofold.store.rows import many

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from pathlib import Path

    from tests.fakes import FakeClock
    from twofold.core.json import JsonObject
    from twofold.delivery.needs import Needs

STEPS = 1000
PHONE = "+4315554711"


class Post:
    """One account, and a worker."""

    def __init__(self, needs: Needs, clock: FakeClock, account: AccountId | None = None) -> None:
        self.needs = needs
        self.clock = clock
        self.worker = Worker(needs)
        self.account = account or self._account()

    @property
    def folder(self) -> Path:
        return self.needs.settings.mail_path

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.txt")) if self.folder.exists() else []

    def put_text(self, template: str = "test", *, expires_at: datetime | None = None) -> JobId:
        """Put a text into the outbox."""
        return self.put(template, channel="sms", to=PHONE, expires_at=expires_at)

    def put(
        self,
        template: str = "mail_test",
        *,
        channel: str = "email",
        to: str = "ann@acme.example",
        expires_at: datetime | None = None,
        send_at: datetime | None = None,
    ) -> JobId:
        """Put a message into the outbox."""
        now = self.clock.now()
        message = JobId(self.needs.entropy.new_id())
        self.needs.outbox.put(
            self.account,
            Message(
                id=message,
                channel=channel,
                to=to,
                template=template,
                params={"account": "Acme Support", "name": "Ann", "code": "12345678", "by": "Bob"},
                locale="en",
                time_zone="Europe/Vienna",
                person_id=None,
                put_at=now,
                send_at=send_at or now,
                expires_at=expires_at,
            ),
        )
        return message

    def work(self) -> None:
        """Let the worker do all that is due now."""
        for _ in range(STEPS):
            if not self.worker.step():
                return
        raise AssertionError("the worker never came to rest")

    def after(self, by: timedelta) -> None:
        """Let time pass, then let the worker do what is due."""
        self.clock.move(by)
        self.work()

    def state(self, message: JobId) -> SendState | None:
        return self.needs.outbox.state(self.account, message)

    def bodies(self) -> list[bytes]:
        return [bytes(body) for (body,) in many("SELECT body FROM job", ())]

    def name_mail_server(self, port: int) -> None:
        """Let an owner name a mail server on this machine."""
        kept: JsonObject = {
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "user": "",
            "password": "",
            "sender": "help@acme.example",
        }
        assert self.needs.kept.replace(self.account, KEPT, kept, version=0)

    def beside(self, name: str) -> Post:
        """Return another help desk of the same house."""
        return Post(self.needs, self.clock, self._account(f"https://{name}.acme.example"))

    def _account(self, base_url: str = "http://localhost:8420") -> AccountId:
        account = AccountId(self.needs.entropy.new_id())
        assert self.needs.accounts.add(
            Account(
                id=account,
                name="Acme Support",
                base_url=base_url,
                time_zone="Europe/Vienna",
                locale="en",
                created_at=START,
            )
        )
        return account
