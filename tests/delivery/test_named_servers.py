"""Mail servers that owners name, where the operator is somebody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.delivery.slow_mail import serving
from twofold.delivery.worker import Worker
from twofold.ports.outbox import SendState, Why
from twofold.settings import read

if TYPE_CHECKING:
    from tests.delivery.post import Post


@pytest.mark.parametrize(
    ("others", "named_by", "why"),
    [(0, "an owner", None), (1, "an owner", Why.NOT_PUBLIC), (1, "the operator", None)],
)
def test_owners_who_are_not_the_operator_send_no_mail_into_our_own_networks(
    post: Post, others: int, named_by: str, why: Why | None
) -> None:
    for number in range(others):
        post.beside(f"other{number}")
    with serving(lambda connection: connection.sendall(b"554 not today\r\n")) as server:
        if named_by == "an owner":
            post.name_mail_server(server.port)
        else:
            settings = read(data=post.needs.settings.data, smtp_host="127.0.0.1", smtp_port=server.port)
            post.worker = Worker(replace(post.needs, settings=settings))
        message = post.put()
        post.work()
    assert post.state(message) is SendState.TRIED_AGAIN
    (failure,) = post.needs.outbox.failures(post.account, post.clock.now())
    assert (failure.why, failure.code) == ((why, "") if why else (Why.REFUSED, "554"))
