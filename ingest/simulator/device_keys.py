"""Keys of the simulated region's meters: not a secret, and never a file. The seed gives them, as it gives all else."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

_KEY_BYTES = 16
"""AES-128."""


def device_key(seed: int, device: str) -> bytes:
    """The AES key with which a simulated device encrypts.

    >>> device_key(1, "12345678") == device_key(1, "12345678") != device_key(2, "12345678")
    True
    """
    return blake2b(f"{seed} {device}".encode(), digest_size=_KEY_BYTES, person=b"simulated key").digest()


def keys_of(seed: int, devices: Iterable[str]) -> dict[str, str]:
    """The keys of devices in hexadecimal digits, as keys.csv would have them."""
    return {device: device_key(seed, device).hex() for device in devices}
