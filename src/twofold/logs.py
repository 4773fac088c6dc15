"""What the server writes while it runs: one event a line on standard error, as JSON or, on a terminal, plain.

No line holds a passcode, a secret, a seal, a query string, the body of a message or a whole phone number.
"""

from __future__ import annotations

import json
import logging
import logging.config
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from twofold.settings import Settings

ACCESS = "granian.access"
POLLED = ("/demo/phone", "/sign-in/code-sent/")
"""How addresses begin that pages ask for every two seconds: the phone of a demo, and how far a code got."""
_RECEIPT = re.compile(r"(/hooks/sms/[^/]*/).*", re.DOTALL)
"""Where a provider tells of a text: what follows its id is the seal that lets whoever knows it tell of it."""


def is_plain(settings: Settings) -> bool:
    """Tell whether lines are for a person at a terminal."""
    return settings.log_format == "plain" or (settings.log_format == "auto" and sys.stderr.isatty())


def configuration(settings: Settings) -> dict[str, object]:
    """Return the dictionary for `logging.config`, which the web server takes too."""
    plain = is_plain(settings)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if plain else "iso", utc=not plain),
    ]
    render: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]
        if plain
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    }
    level = settings.log_level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"not_polled": {"()": NotPolled}},
        "formatters": {"line": formatter, "access": {"()": AccessLine, "plain": plain}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
            "access": {
                "class": "logging.StreamHandler",
                "formatter": "access",
                "filters": ["not_polled"] if settings.is_demo else [],
            },
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The server's own chatter about its start says nothing that our block does not.
            "_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            ACCESS: {"handlers": ["access"], "level": level, "propagate": False},
            "asyncio": {"level": "WARNING"},
            # They write whole addresses and headers, in which codes, numbers and secrets of providers stand.
            "httpx": {"level": "CRITICAL"},
            "httpcore": {"level": "CRITICAL"},
            # Says "Bad Request: /path" and the like once more, after the access line.
            "django.request": {"level": "ERROR"},
            "django.security": {"level": "ERROR"},
        },
    }


def set_up(settings: Settings) -> None:
    """Configure the logs of this process."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(configuration(settings))


class NotPolled(logging.Filter):
    """Leaves out the requests that would bury all others."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether this line is written."""
        return not isinstance(record.args, dict) or not str(record.args.get("path")).startswith(POLLED)


class AccessLine(logging.Formatter):
    """Writes one line for each request: cheaply, because every request waits for it.

    The path is escaped as JSON in both forms: what a stranger asked for must not write lines or colours of its own.
    """

    def __init__(self, *, plain: bool) -> None:
        super().__init__()
        self._plain = plain

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of what the web server handed over."""
        given = record.args if isinstance(record.args, dict) else {}
        at = datetime.fromtimestamp(record.created, UTC)
        asked = _RECEIPT.sub(r"\1…", str(given.get("path") or ""))
        path, took = json.dumps(asked, ensure_ascii=True), round(float(str(given.get("dt_ms", 0))), 1)
        if self._plain:
            return f"{at:%H:%M:%S} {given.get('status')} {given.get('method')} {path} {given.get('addr')} {took} ms"
        method, status = json.dumps(given.get("method")), json.dumps(given.get("status"))
        return (
            f'{{"event": "request", "addr": {json.dumps(given.get("addr"))}, "method": {method}, "path": {path}, '
            f'"status": {status}, "ms": {took}, "level": "info", "timestamp": "{at.isoformat()}"}}'
        )
