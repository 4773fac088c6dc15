"""What the server writes while it runs: one event a line on standard error, as JSON or, on a terminal, plain.

No line holds a passcode, a secret, a query string, the body of a message or a whole phone number.
"""

from __future__ import annotations

import logging
import logging.config
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from twofold.settings import Settings

ACCESS = "granian.access"
# The server hands over a mapping of these for each request. The query string is left where it is: links carry secrets.
ACCESS_FORMAT = "%(method)s %(path)s"
_ACCESS_PARTS = ("addr", "method", "path", "status")


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
        "foreign_pre_chain": [_access, *shared],
        "pass_foreign_args": True,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    }
    level = settings.log_level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The server's own chatter about its start says nothing that our block does not.
            "_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            ACCESS: {"handlers": ["stderr"], "level": level, "propagate": False},
            "asyncio": {"level": "WARNING"},
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


def _access(_logger: object, _name: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Take the line of a request apart into fields."""
    given = event.pop("positional_args", None)
    if not isinstance(given, dict) or "method" not in given:
        return event
    event["event"] = "request"
    event.update({part: given[part] for part in _ACCESS_PARTS if part in given})
    took = given.get("dt_ms")
    if isinstance(took, float):
        event["ms"] = round(took, 1)
    return event
