"""The dashboard's socket, bound before anything else starts, so that a taken port is known at once."""

from __future__ import annotations

import socket

from models.errors import VodaError

_BACKLOG = 128


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises VodaError (web.port_taken, web.address) that says what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if isinstance(error, socket.gaierror) or error.errno == 99:
            raise VodaError("web.address", f"this machine has no address {host}; choose another with --host") from error
        raise VodaError(
            "web.port_taken", f"{host}:{port} can't be used ({error.strerror}); choose another with --port"
        ) from error
    return listener
