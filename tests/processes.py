"""What tests need that start the product as processes of their own, and ask it over HTTP."""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of addresses without TLS: to read the machine's list of certificates takes each longer than to ask."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nothing of this machine's own installation is left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TWOFOLD_", "DJANGO_", "COV_"))}
    return {**kept, "TWOFOLD_DATA": str(data), **more}
