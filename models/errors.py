"""Errors that a person can act on: a stable code, what is wrong, where, and what to do."""

from __future__ import annotations


class VodaError(Exception):
    """Something a person can put right.

    code : stable, dotted, e.g. ``decode.key_missing``; the screen's translation key
    message : what, where, which value, what to do; one line
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


class RefusedError(VodaError):
    """A payload that gives no reading and no notice; it is kept for a person to see."""


class StoreUnavailableError(VodaError):
    """The store can't be reached or is too slow just now; the same call may succeed later."""


class StoreRejectedError(VodaError):
    """The store answers, and will never take these rows; ``message`` says which and why."""
