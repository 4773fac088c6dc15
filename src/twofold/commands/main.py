"""`./run WORD …`: what an operator types. Each word has its file; this one only reads the line."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from twofold import __version__
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.commands.words import Run

WORDS = {
    "serve": "serve the product (what ./run alone does)",
    "demo": "serve a demo with invented people, on this machine only",
    "account": "add one more help desk to this data folder, change one, or list those that there are",
    "owner-link": "print a new set-up link for the owner, until there is an owner",
    "rescue": "let somebody in again: lists what stands in their way, and opens all of it",
    "explain": "say where a person stands, and what they would be asked",
    "report": "write a table of who has two-factor authentication on",
    "doctor": "check clock, folder, keys, database, mail and proxy",
    "backup": "write database and keys into one file, the keys sealed by a passphrase",
    "restore": "put a backup back into an empty data folder",
    "rotate-keys": "seal the secrets in the database with a new key, while the server goes on",
    "worker": "send messages (./run starts one by itself)",
}
_OPTIONS = {
    "--data": ("TWOFOLD_DATA", "FOLDER", "the data folder"),
    "--port": ("TWOFOLD_PORT", "PORT", "the port on which the server answers"),
    "--public": ("TWOFOLD_PUBLIC", "https://…", "the address that people open, when a proxy with TLS stands in front"),
    "--setup-from": ("TWOFOLD_SETUP_FROM", "CIDR", "a network from which the owner's set-up link is accepted"),
}
_TAKEN_BY = {
    "--port": ("serve", "demo", "owner-link", "doctor"),
    "--public": ("serve", "demo", "doctor"),
    "--setup-from": ("serve", "demo", "owner-link"),
}
"""Which words take an option that not all of them take."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the line, run the word, and leave with its exit code."""
    given = parser().parse_args(arguments)
    for option, (variable, _, _) in _OPTIONS.items():
        value = getattr(given, option.removeprefix("--").replace("-", "_"), None)
        if value is not None:
            # Children of this process read the same environment; the option stands over what it held.
            os.environ.pop(f"{variable}_FILE", None)
            os.environ[variable] = value
    run: Run = import_module(f"twofold.commands.{given.word.replace('-', '_')}").run
    try:
        code = run(given)
        sys.stdout.flush()
        sys.exit(code)
    except BrokenPipeError:
        # Whoever read what is printed has read enough, as `head` does; nothing may be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Unfit as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)


def parser() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    top = argparse.ArgumentParser(prog="./run", description="Sign-in with a second factor, for a help desk.")
    top.add_argument("--version", action="version", version=f"twofold {__version__}")
    words = top.add_subparsers(dest="word", required=True, metavar="WORD", title="words")
    for word, text in WORDS.items():
        one = words.add_parser(word, description=text, help=text)
        _add_options(one, word)
    return top


def _add_options(one: argparse.ArgumentParser, word: str) -> None:
    for option, (_, metavar, text) in _OPTIONS.items():
        if word in _TAKEN_BY.get(option, WORDS):
            one.add_argument(option, metavar=metavar, help=text)
    if word in {"rescue", "explain"}:
        one.add_argument("email", metavar="EMAIL", help="the address the person signs in with")
    if word == "report":
        one.add_argument("file", metavar="FILE", help="where to write it; - is standard output")
        one.add_argument("--include-end-users", action="store_true", help="tell of end users, too")
    if word == "account":
        one.add_argument("act", metavar="ACT", choices=("add", "change", "list"), help="add, change or list")
        one.add_argument("name", metavar="NAME", nargs="?", default="", help="its name, or its new one")
        one.add_argument(
            "--public", dest="address", metavar="https://…", default="", help="the address that its people open"
        )
        one.add_argument("--time-zone", metavar="ZONE", default="", help="its time zone; else that of the settings")
    if word in {"account", "rescue", "explain", "report", "owner-link"}:
        one.add_argument(
            "--account", metavar="HOST", default="", help="the help desk's host name, if there are several"
        )
    if word in {"account", "rescue"}:
        one.add_argument("--yes", action="store_true", help="do it without asking again")
    if word in {"backup", "restore"}:
        one.add_argument("file", metavar="FILE", help="the backup")
        one.add_argument(
            "--passphrase-file", metavar="FILE", default="", help="read the passphrase from here instead of asking"
        )
    if word == "worker":
        one.add_argument("--once", action="store_true", help="send what is due, then end")
