"""Files that never change under one address, compressed once and kept in memory."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass

import brotli  # type: ignore[import-untyped] # has no types
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIMIT_BYTES = 32_000_000
SMALL_BYTES = 600
# woff2 and png are compressed already.
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
FOREVER = b"public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _Kept:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class CachedStatic:
    """ASGI middleware: GETs below `prefixes` are answered from memory, in brotli or gzip, with headers to keep them.

    An address carries its file's version (Dash's fingerprint, or ?m= its time of change), so what is kept stays right.
    """

    def __init__(self, app: ASGIApp, prefixes: tuple[str, ...]) -> None:
        self.app = app
        self.prefixes = prefixes
        self._kept: OrderedDict[tuple[str, bytes, str], _Kept] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or ask the app and remember."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(self.prefixes):
            await self.app(scope, receive, send)
            return
        encoding = _encoding(Headers(scope=scope).get("accept-encoding", ""))
        key = (scope["path"], scope["query_string"], encoding)
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._ask(scope, receive, encoding)
            if kept.status == 200:
                self._keep(key, kept)
        await send({"type": "http.response.start", "status": kept.status, "headers": kept.headers})
        await send({"type": "http.response.body", "body": kept.body})

    async def _ask(self, scope: Scope, receive: Receive, encoding: str) -> _Kept:
        status = 500
        headers: list[tuple[bytes, bytes]] = []
        body = bytearray()

        async def collect(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        # Asked without conditions and encodings, so that the whole plain body comes back.
        plain = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
        await self.app({**scope, "headers": plain}, receive, collect)
        return _prepare(scope, status, headers, bytes(body), encoding)

    def _keep(self, key: tuple[str, bytes, str], kept: _Kept) -> None:
        self._kept[key] = kept
        self._bytes += len(kept.body)
        while self._bytes > LIMIT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.body)


_CONDITIONS = {b"if-none-match", b"if-modified-since", b"range", b"if-range", b"accept-encoding"}


def _encoding(accepted: str) -> str:
    names = {part.split(";")[0].strip() for part in accepted.split(",")}
    return "br" if "br" in names else "gzip" if "gzip" in names else ""


def _prepare(scope: Scope, status: int, headers: list[tuple[bytes, bytes]], body: bytes, encoding: str) -> _Kept:
    dropped = {b"content-length", b"content-encoding", b"cache-control", b"vary"}
    kept = [(name, value) for name, value in headers if name.lower() not in dropped]
    kind = dict(headers).get(b"content-type", b"").decode("latin-1")
    if status == 200:
        versioned = b"m=" in scope["query_string"] or ".v" in scope["path"] or scope["path"].endswith(".woff2")
        kept.append((b"cache-control", FOREVER if versioned else b"no-cache"))
    if encoding and len(body) > SMALL_BYTES and kind.startswith(COMPRESSIBLE):
        body = brotli.compress(body, quality=6) if encoding == "br" else gzip.compress(body, 6)
        kept.append((b"content-encoding", encoding.encode()))
    kept += [(b"vary", b"Accept-Encoding"), (b"content-length", str(len(body)).encode())]
    return _Kept(status, kept, body)
