"""Kannel with its fake message centre, on free ports of loopback: what a phone behind it would have received."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from tests.processes import free_port
from tests.runtime.product import wait_for, write_private
from tests.tools import find_tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER = "acme"
SECRET = "gravel&otter lamp"
_GOT = re.compile(r"Got message \d+: <(.*)>$", re.MULTILINE)
_CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {admin}
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
box-deny-ip = "*.*.*.*"

group = smsc
smsc = fake
smsc-id = fake
our-host = 127.0.0.1
port = {centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {port}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {user}
password = "{secret}"
user-allow-ip = 127.0.0.1
user-deny-ip = "*.*.*.*"
concatenation = true
max-messages = 5
"""


@dataclass
class Kannel:
    """A gateway that is running. `address` is what its own guide says to ask, with our placeholders."""

    port: int
    log: Path
    secret_file: Path

    @property
    def address(self) -> str:
        return (
            f"http://127.0.0.1:{self.port}/cgi-bin/sendsms?username={{user}}&password={{secret}}&from={{from}}&to={{to}}"
            "&text={text}&charset=UTF-8&coding={coding}&validity={minutes}&dlr-mask=19&dlr-url={receipt}%3Fstatus%3D%25d"
        )

    def received(self, number: str) -> list[str]:
        """Return the texts that the phone with this number got, oldest first."""
        texts: list[list[str]] = []
        # A text with a line break in it is printed as if it were two.
        for line in _GOT.findall(self.log.read_text(encoding="utf-8", errors="replace")):
            _from, _, rest = line.partition(" ")
            begun = re.match(r"(\+\d+) (text|ucs-2) (.*)", rest)
            if begun is None:
                texts[-1].append(line)
            else:
                texts.append(
                    [
                        begun[1],
                        unquote_to_bytes(begun[3].replace("+", " ")).decode("utf-16-be")
                        if begun[2] == "ucs-2"
                        else begun[3],
                    ]
                )
        return ["\n".join(words) for to, *words in texts if to == number]


@contextmanager
def running(folder: Path) -> Iterator[Kannel]:
    """Run bearerbox, smsbox and the fake message centre; end each by its own process."""
    folder.mkdir()
    admin, boxes, centre, port = (free_port() for _ in range(4))
    file = folder / "kannel.conf"
    file.write_text(_CONFIGURATION.format(admin=admin, boxes=boxes, centre=centre, port=port, user=USER, secret=SECRET))
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *line: str) -> Path:
        program = find_tool(name)
        assert program is not None
        log = folder / f"{name}.log"
        with log.open("wb") as out:
            started.append(subprocess.Popen([program, *line], cwd=folder, stdout=out, stderr=subprocess.STDOUT))
        return log

    def wait(log: Path, words: str) -> None:
        def has_said() -> bool:
            assert started[-1].poll() is None, log.read_text(encoding="utf-8", errors="replace")
            return words in log.read_text(encoding="utf-8", errors="replace")

        wait_for(has_said)

    try:
        bearerbox = start("bearerbox", "-v", "0", str(file))
        wait(bearerbox, "smsc_fake: start called")
        # It sends nothing by itself, and prints what it is sent.
        phone = start("fakesmsc", "-H", "127.0.0.1", "-r", str(centre), "-m", "0", "1 2 text nothing")
        wait(bearerbox, "Fakesmsc client connected")
        start("smsbox", "-v", "0", str(file))
        wait(bearerbox, "INFO: Client connected from")
        yield Kannel(port, phone, write_private(folder / "secret", SECRET))
        assert all(one.poll() is None for one in started), "one of Kannel's programs has ended"
    finally:
        for one in reversed(started):
            one.terminate()
        for one in started:
            try:
                one.wait(10)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait(5)
