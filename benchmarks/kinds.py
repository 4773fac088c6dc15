"""What the passcode step costs for each kind of code, and what sending takes of the worker, said apart."""

from __future__ import annotations

import re
import statistics
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Final

from benchmarks import sites
from benchmarks.client import Client
from benchmarks.processes import cpu_seconds, delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.sites import Site

APP: Final = "totp"
RECOVERY: Final = "recovery"
KINDS: Final = {APP: "code of an app", "sms": "texted code", "email": "mailed code", RECOVERY: "recovery code"}
_CODE: Final = re.compile(r"\b(\d{4} ?\d{4}|\d{3} ?\d{3})\b")
_SENT_WITHIN: Final = 60
_TICK: Final = 0.1


def measure(folder: Path, rounds: int, each: int, say: Callable[[str], None]) -> None:
    """Sign people in by each kind, and say what the passcode step and the messages cost.

    The kinds take turns in every round: the machine's own speed changes, and an app is what the others are held to.
    """
    count = (rounds + 1) * each * len(KINDS)
    folder.mkdir()
    found: dict[str, list[tuple[float, float, float, float]]] = {kind: [] for kind in KINDS}
    with _gateway() as (texts, env), sites.twofold(folder, count, count, ",".join(KINDS), env) as site:
        worker = delivery(site.pid)
        mails = folder / "data" / "mail"
        for start in range(0, count // len(KINDS), each):
            for kind in KINDS:
                people = [person for person in site.people if person["kind"] == kind][start : start + each]
                found[kind].append(_round(site, worker, people, texts, mails))
    # The first round warms up.
    of_app = [step for step, *_ in found[APP][1:]]
    for kind, words in KINDS.items():
        step, by_worker, _, sending = (statistics.median(part) * 1000 for part in zip(*found[kind][1:], strict=True))
        times = statistics.median(mine / app for (mine, *_), app in zip(found[kind][1:], of_app, strict=True))
        # A recovery code is no kind: it ends what was trusted and what is under way, and is told of by mail.
        most = "" if kind == RECOVERY else " (at most 1.2)"
        say(f"passcode step, {words:<14}             {step:8.2f} ms CPU{most}, {times:.2f} times an app's")
        if kind == RECOVERY:
            say(f"  telling of it, the worker alone         {by_worker:8.2f} ms CPU")
        elif kind != APP:
            say(f"  sending it, the worker alone            {sending:8.2f} ms CPU")


def _round(
    site: Site, worker: int, people: Sequence[Mapping[str, str]], texts: Mapping[str, str], mails: Path
) -> tuple[float, float, float, float]:
    """Return CPU seconds for each person: passcode step by server and worker, password step by server and worker."""
    clients = [Client(site.port) for _ in people]
    meter = _Meter(site.pid, worker)
    for client, person in zip(clients, people, strict=True):
        sites.TWOFOLD.present_password(client, person)
    answers = [person if person["kind"] == APP else _with_code(person, texts, mails) for person in people]
    before = meter.read(len(people))
    for client in clients:
        client.get(sites.TWOFOLD.second)
    meter = _Meter(site.pid, worker)
    told = len(_letters(mails))
    for client, answer in zip(clients, answers, strict=True):
        sites.TWOFOLD.present_passcode(client, answer)
    spent, _ = meter.read(len(people))
    if people[0]["kind"] == RECOVERY:
        # Each use is told by mail.
        _wait_for(lambda: len(_letters(mails)) >= told + len(people))
    _, sent = meter.read(len(people))
    for client in clients:
        client.close()
    return spent, sent, *before


def _with_code(person: Mapping[str, str], texts: Mapping[str, str], mails: Path) -> Mapping[str, str]:
    return {**person, "code": person.get("code") or _awaited(person, texts, mails)}


class _Meter:
    """CPU time from now on: of the server, and of its worker."""

    def __init__(self, pid: int, worker: int) -> None:
        self._pid, self._worker = pid, worker
        self._began = self._now()

    def read(self, among: int) -> tuple[float, float]:
        """Return the seconds of both for each of so many."""
        server, worker = (now - then for now, then in zip(self._now(), self._began, strict=True))
        return server / among, worker / among

    def _now(self) -> tuple[float, float]:
        return cpu_seconds(self._pid, but=self._worker), cpu_seconds(self._worker)


def _awaited(person: Mapping[str, str], texts: Mapping[str, str], mails: Path) -> str:
    """Return the code that was sent to somebody, as soon as it has come."""
    found: list[str] = []

    def has_come() -> bool:
        text = texts.get(person["number"]) if person["kind"] == "sms" else _letter_to(mails, person["email"])
        code = _CODE.search(text or "")
        found.extend([code[1].replace(" ", "")] if code else [])
        return code is not None

    _wait_for(has_come)
    return found[0]


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _SENT_WITHIN
    while not condition():
        if time.monotonic() > until:
            sys.exit("A message was not sent within a minute.")
        time.sleep(_TICK)


def _letters(mails: Path) -> list[Path]:
    return sorted(mails.glob("[0-9]*.txt"), reverse=True)


def _letter_to(mails: Path, address: str) -> str | None:
    for path in _letters(mails):
        head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
        if head.startswith(f"To: {address}\n"):
            return text
    return None


@contextmanager
def _gateway() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Take texts as a provider does, on the driver's core; yield them by number, and the settings that lead here."""
    taken: dict[str, str] = {}

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            to, _, text = self.rfile.read(int(self.headers["Content-Length"])).decode().partition("\n")
            taken[to] = text
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *given: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield (
            taken,
            {
                "TWOFOLD_SMS_PROVIDER": "http",
                "TWOFOLD_SMS_ADDRESS": f"http://127.0.0.1:{server.server_port}/",
                "TWOFOLD_SMS_HEADERS": "Content-Type: text/plain",
                "TWOFOLD_SMS_BODY": "{to}\n{text}",
                "TWOFOLD_SMS_COUNTRIES": "*",
                "TWOFOLD_SMS_BUDGET": "100000",
            },
        )
    finally:
        server.shutdown()
