"""Handing one text to the provider of its account, or to a file where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.delivery.senders import NotSent
from twofold.delivery.sms import house
from twofold.delivery.sms.contract import Text
from twofold.delivery.sms.registry import KINDS
from twofold.flows import receipts
from twofold.ports.outbox import Why
from twofold.store.jobs import SMS

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.delivery.files import Files
    from twofold.delivery.needs import Needs
    from twofold.delivery.sms.contract import Texts
    from twofold.delivery.words import Letter
    from twofold.ports.outbox import Message
    from twofold.settings import Settings
    from twofold.store.jobs import Job


class Post:
    """Finds the sender of each text anew: what an owner changes holds for the next one."""

    def __init__(self, needs: Needs, files: Files) -> None:
        self._needs = needs
        self._files = files

    def send(self, job: Job, message: Message, letter: Letter) -> str:
        """Hand a text over and return what the log may say of it; NotSent."""
        provider = None if self._needs.settings.is_demo else self._provider(job.account)
        if provider is None:
            return self._files.send(letter, to=message.to, message_id=str(message.id), at=message.put_at, channel=SMS)
        account = self._needs.accounts.by_id(job.account)
        if account is None:
            raise NotSent("no such account", for_good=True, why=Why.OTHER)
        now = self._needs.clock.now()
        return provider.send(
            Text(
                to=message.to,
                words=letter.text,
                id=str(message.id),
                callback=receipts.address_of(self._needs.digests, account, message.id),
                lives_for=message.expires_at - now if message.expires_at is not None else None,
            )
        )

    def _provider(self, account: AccountId) -> Texts | None:
        settings = self._needs.settings
        kept, _ = self._needs.kept.load(account, house.KEPT)
        sender = house.sender_of(settings, kept)
        if sender is None:
            return None
        return KINDS[sender.provider].build(
            sender, public_only=texts_are_public_only(settings, len(self._needs.accounts.all()))
        )


def texts_are_public_only(settings: Settings, accounts: int) -> bool:
    """Say whether texts must go to public addresses only: where owners who are not the operator name the provider."""
    return not settings.sms_provider and accounts > 1
