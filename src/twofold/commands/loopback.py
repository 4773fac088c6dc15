"""`[::1]` beside `127.0.0.1`: the web server opens one address, and `localhost` may mean either.

What reaches the one is handed on to the other, byte for byte, by a thread of the process that supervises.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading

IPV4 = "127.0.0.1"
IPV6 = "::1"
_CHUNK = 64 * 1024


class LoopbackTwin:
    """Answers on `[::1]:port` for the server on `127.0.0.1:port`; on a machine without IPv6 it does nothing."""

    def __init__(self, port: int) -> None:
        self._port = port

    def start(self) -> None:
        """Begin to listen, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="loopback-twin", daemon=True).start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            asyncio.run(self._listen())

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._hand_on, IPV6, self._port, limit=_CHUNK)
        async with server:
            await server.serve_forever()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward_reader, onward_writer = await asyncio.open_connection(IPV4, self._port, limit=_CHUNK)
        except OSError:
            writer.close()
            return
        asking = asyncio.create_task(_pump(reader, onward_writer))
        # The server is the one that ends a connection; a client that says no more still reads.
        await _pump(onward_reader, writer)
        asking.cancel()
        onward_writer.close()
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side has nothing more to say, then say so to the other."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
