"""Lines of the log: whole, one each, and without what must not be in them."""

from __future__ import annotations

import json
import logging
import logging.config
from typing import TYPE_CHECKING

import pytest

from tests.delivery.gateway import running as gateway
from twofold.delivery.sms.line import ask
from twofold.delivery.sms.question import Question
from twofold.flows import receipts
from twofold.logs import AccessLine, NotPolled, configuration, is_plain
from twofold.settings import read

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUEST = {
    "addr": "192.0.2.1",
    "method": "GET",
    "path": "/sign-in",
    "status": 200,
    "dt_ms": 1.2345,
    "query_string": "link=gravel-otter",
}


def line(given: Mapping[str, object], *, plain: bool = False) -> str:
    record = logging.LogRecord("granian.access", logging.INFO, "", 0, "%(method)s %(path)s", (given,), None)
    record.created = 1777881600.25
    return AccessLine(plain=plain).format(record)


def test_a_request_is_one_line_of_json_without_its_query() -> None:
    assert json.loads(line(REQUEST)) == {
        "event": "request",
        "addr": "192.0.2.1",
        "method": "GET",
        "path": "/sign-in",
        "status": 200,
        "ms": 1.2,
        "level": "info",
        "timestamp": "2026-05-04T08:00:00.250000+00:00",
    }


def test_on_a_terminal_it_is_short() -> None:
    assert line(REQUEST, plain=True) == '08:00:00 200 GET "/sign-in" 192.0.2.1 1.2 ms'


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("path", ['/a\n{"event": "forged"}', "/\x1b[31mred", '/"quoted"', "/\u2028next", "/\ud800"])
def test_nobody_writes_lines_or_colours_of_their_own(plain: bool, path: str) -> None:
    written = line({**REQUEST, "path": path}, plain=plain)
    assert len(written.splitlines()) == 1
    assert "\x1b" not in written
    written.encode()
    if not plain:
        assert json.loads(written)["path"] == path


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("after", ["", "/", "/more"])
def test_the_seal_of_a_receipts_address_is_not_written(plain: bool, after: str) -> None:
    mac = "5f" * (receipts.MAC_DIGITS // 2)
    written = line({**REQUEST, "path": f"{receipts.PAGE}/01K5Q0000000000000000000AB/{mac}{after}"}, plain=plain)
    assert mac not in written
    assert f'"{receipts.PAGE}/01K5Q0000000000000000000AB/…"'.encode("ascii", "backslashreplace").decode() in written


@pytest.mark.parametrize(("path", "is_written"), [("/sign-in/code-sent/1/2f", False), ("/sign-in/passcode", True)])
def test_what_pages_ask_for_all_the_time_buries_no_other_line(path: str, is_written: bool) -> None:
    record = logging.LogRecord("granian.access", logging.INFO, "", 0, "", (), None)
    record.args = {**REQUEST, "path": path}
    assert NotPolled().filter(record) is is_written


@pytest.mark.parametrize(("given", "plain"), [("plain", True), ("json", False)])
def test_the_form_can_be_chosen(given: str, plain: bool) -> None:
    assert is_plain(read(log_format=given)) is plain


def test_whatever_is_no_terminal_gets_json() -> None:
    assert not is_plain(read())


@pytest.mark.security("SD10")
@pytest.mark.parametrize("level", ["debug", "info"])
def test_the_http_client_writes_no_address_and_no_header(level: str, capfd: pytest.CaptureFixture[str]) -> None:
    secret, told = "gravel-otter", configuration(read(log_level=level))
    named = told["loggers"]
    assert isinstance(named, dict)
    loggers = [logging.getLogger(name) for name in ("", *named)]
    before = [(one.handlers[:], one.level, one.propagate) for one in loggers]
    try:
        logging.config.dictConfig(told)
        with gateway() as provider:
            address = f"{provider.address}/?key={secret}"
            ask(Question(method="POST", address=address, headers={"X-Key": secret}, body=secret.encode()))
        assert provider.asked
    finally:
        for one, (handlers, was, propagate) in zip(loggers, before, strict=True):
            one.handlers[:], one.propagate = handlers, propagate
            one.setLevel(was)
    assert secret not in "".join(capfd.readouterr())


def test_the_level_can_be_chosen() -> None:
    root = configuration(read(log_level="warning"))["root"]
    assert isinstance(root, dict)
    assert root["level"] == "WARNING"
