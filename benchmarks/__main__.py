"""`./bench`: print medians of what the product costs, beside a bare hash and two well-known libraries."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import kinds, scale, sites
from benchmarks.client import Client
from benchmarks.processes import DRIVER_CORE, cpu_seconds, pss_mib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.sites import Site, Steps

_AT_ONCE = 4
_TURNS = 6
"""Bare hashes and sign-ins take turns within a round: the machine's own speed changes from one second to the next."""


def main() -> None:
    """Measure and print."""
    given = _arguments()
    os.sched_setaffinity(0, {DRIVER_CORE})
    if given.scale:
        scale.measure(max(given.people), given.events, given.sign_ins, given.folder, say)
        return
    rounds, each = given.rounds, given.sign_ins
    server = f"one server worker on one core, Python {platform.python_version()}, SQLite, loopback"
    say(f"medians of {rounds} rounds of {each}; {server}\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        fewest, *larger = given.people
        ours = stack.enter_context(sites.twofold(_made(folder / f"{fewest}"), fewest, _needed(rounds, each)))
        people = iter(_in_turn(ours.people, each))
        time.sleep(2)
        say(f"memory, idle, all processes (PSS)         {pss_mib(ours.pid):8.1f} MiB   (at most 200)")
        warm_up = next(people)
        passcode_step(ours, sites.TWOFOLD, warm_up)
        step = statistics.median(passcode_step(ours, sites.TWOFOLD, next(people)) for _ in range(rounds))
        say(f"passcode step, {fewest} people               {step * 1000:8.2f} ms CPU (at most 1.2)")
        _against_a_bare_hash(ours, stack.enter_context(sites.bare(folder)), people, rounds, each)
        kinds.measure(folder / "kinds", rounds, each, say)
        for count in larger:
            _at_scale(folder, count, step, rounds, each)
        if given.peers:
            _peers(folder, step, rounds, each)


def _against_a_bare_hash(
    ours: Site, floor: Site, people: Iterator[Sequence[Mapping[str, str]]], rounds: int, each: int
) -> None:
    ratios, costs, hashes = [], [], []
    for _ in range(rounds):
        group = next(people)
        bare, full = _Spent(), _Spent()
        for turn in range(_TURNS):
            some = group[turn::_TURNS]
            bare += _spent(floor, [{}] * len(some), _hash)
            full += _spent(ours, some, _sign_in)
        ratios.append(bare.wall / full.wall)
        costs.append(full.cpu / each)
        hashes.append(bare.cpu / each)
    say(f"bare hash                                 {statistics.median(hashes) * 1000:8.2f} ms CPU")
    say(f"full sign-in (4 requests)                 {statistics.median(costs) * 1000:8.2f} ms CPU")
    say(f"full sign-ins per bare hash               {statistics.median(ratios):8.2f}        (at least 0.85)")


def _at_scale(folder: Path, count: int, step: float, rounds: int, each: int) -> None:
    with sites.twofold(_made(folder / f"{count}"), count, each * (rounds + 1)) as many:
        people = iter(_in_turn(many.people, each))
        passcode_step(many, sites.TWOFOLD, next(people))
        there = statistics.median(passcode_step(many, sites.TWOFOLD, next(people)) for _ in range(rounds))
    say(f"passcode step, {count} people             {there * 1000:8.2f} ms CPU")
    say(f"the same, in times of the smaller         {there / step:8.2f}        (at most 1.2)")


def _peers(folder: Path, step: float, rounds: int, each: int) -> None:
    _install_peers()
    for name, steps in (("two_factor", sites.TWO_FACTOR), ("allauth", sites.ALLAUTH)):
        with sites.peer(name, folder, each * (rounds + 1)) as site:
            people = iter(_in_turn(site.people, each))
            passcode_step(site, steps, next(people))
            theirs = statistics.median(passcode_step(site, steps, next(people)) for _ in range(rounds))
        say(f"passcode step, {name:<12}               {theirs * 1000:8.2f} ms CPU ({theirs / step:.1f} times ours)")


def passcode_step(site: Site, steps: Steps, people: Sequence[Mapping[str, str]]) -> float:
    """Return the server's CPU seconds for one passcode that is right, hashing and pages left out."""
    clients = []
    for person in people:
        client = Client(site.port)
        steps.present_password(client, person)
        client.get(steps.second) if steps.second != steps.first else None
        clients.append(client)
    before = cpu_seconds(site.pid)
    for client, person in zip(clients, people, strict=True):
        steps.present_passcode(client, person)
    spent = cpu_seconds(site.pid) - before
    for client in clients:
        client.close()
    return spent / len(people)


def _sign_in(site: Site, person: Mapping[str, str]) -> None:
    client = Client(site.port)
    sites.TWOFOLD.present_password(client, person)
    client.get(sites.TWOFOLD.second)
    sites.TWOFOLD.present_passcode(client, person)
    client.close()


def _hash(site: Site, _person: Mapping[str, str]) -> None:
    client = Client(site.port)
    if client.post("/", {}) != 200:  # noqa: PLR2004 -- OK
        sys.exit("The bare endpoint failed.")
    client.close()


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds of wall clock, and of the server's CPU."""

    wall: float = 0
    cpu: float = 0

    def __add__(self, more: _Spent) -> _Spent:
        return _Spent(self.wall + more.wall, self.cpu + more.cpu)


def _spent(site: Site, people: Sequence[Mapping[str, str]], act: Callable[[Site, Mapping[str, str]], None]) -> _Spent:
    """Return what acts take, from a few clients at once."""
    waiting = list(people)
    failed = []

    def work() -> None:
        try:
            while waiting:
                act(site, waiting.pop())
        except BaseException as problem:  # noqa: BLE001 -- told below, in the main thread
            failed.append(problem)

    before, began = cpu_seconds(site.pid), time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return _Spent(time.perf_counter() - began, cpu_seconds(site.pid) - before)


def _in_turn(people: Sequence[dict[str, str]], each: int) -> list[Sequence[dict[str, str]]]:
    return [people[start : start + each] for start in range(0, len(people), each)]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _install_peers() -> None:
    venv = sites.HERE / ".bench-venv"
    if not Path(sites.PEERS_PYTHON).exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)  # noqa: S603 -- our own words
    subprocess.run(  # noqa: S603 -- as above
        [
            *(sites.PEERS_PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes"),
            *("--disable-pip-version-check", "-r", str(sites.HERE / "requirements" / "peers.txt")),
        ],
        check=True,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./bench", description="Measure what the product costs.")
    parser.add_argument("--people", type=_numbers, metavar="N,N", help="sizes of an account")
    parser.add_argument("--sign-ins", type=int, default=90, metavar="N", help="of each round")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="leave the other libraries out")
    parser.add_argument(
        "--scale", action="store_true", help="measure pages and the status report with a million people instead"
    )
    parser.add_argument("--events", type=int, default=10_000_000, metavar="N", help="in the audit log, with --scale")
    parser.add_argument(
        "--folder", type=Path, metavar="FOLDER", help="where --scale keeps its account, to take it up again"
    )
    given = parser.parse_args()
    given.people = given.people or ([1_000_000] if given.scale else [1000, 100_000])
    if not given.scale and (needed := _needed(given.rounds, given.sign_ins)) > min(given.people):
        parser.error(f"{needed} people sign in, each once: say so many --people, or fewer --sign-ins or --rounds.")
    return given


def _needed(rounds: int, each: int) -> int:
    return each * (2 * rounds + 1)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def say(line: str) -> None:
    """Print at once: this takes minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
