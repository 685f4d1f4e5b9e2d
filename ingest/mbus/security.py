"""Decryption of meters' telegrams: AES-128 in CBC (modes 5 and 7) and in counter mode (Kamstrup's link layer).

Sources: EN 13757-7 (transport layer security), OMS Specification Vol. 2, annexes on security profiles A and B.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from ingest.mbus.crc import crc

BLOCK = 16
DECRYPTED = b"\x2f\x2f"
"""What a decrypted content begins with; a wrong key gives something else."""

_DERIVE_ENCRYPTION = b"\x00"
_PADDING_BYTE = 0x07
_CC_FIXED = 0xFC
"""Communication control without the bits that a repeater changes."""


def decrypted_mode_5(content: bytes, key: bytes, address: bytes, access_number: int) -> bytes:
    """Content of security mode 5: CBC from manufacturer, address and eight times the access number."""
    return _cbc(content, key, address + bytes([access_number]) * 8)


def decrypted_mode_7(content: bytes, key: bytes, number: bytes, counter: bytes) -> bytes:
    """Content of security mode 7: CBC from zero, the key derived from the message counter and the meter's number."""
    derive = CMAC(algorithms.AES(key))
    derive.update(_DERIVE_ENCRYPTION + counter + number + bytes([_PADDING_BYTE]) * 7)
    return _cbc(content, derive.finalize(), bytes(BLOCK))


def _cbc(content: bytes, key: bytes, start: bytes) -> bytes:
    decryptor = Cipher(_aes(key), modes.CBC(start)).decryptor()
    return decryptor.update(content) + decryptor.finalize()


def decrypted_link(content: bytes, key: bytes, address: bytes, control: int, session: bytes) -> bytes | None:
    """Content of an encrypted extended link layer, its check sum taken off; None where the key is wrong.

    content : the check sum and what follows, as sent
    control : the layer's communication control byte
    session : the four bytes of the session number
    """
    for sent in dict.fromkeys((control, control & _CC_FIXED)):
        start = address + bytes([sent]) + session + bytes(3)
        decryptor = Cipher(_aes(key), modes.CTR(start)).decryptor()
        plain = decryptor.update(content) + decryptor.finalize()
        if has_right_sum(plain):
            return plain[2:]
    return None


def has_right_sum(content: bytes) -> bool:
    """Whether a content begins with its own check sum, low byte first."""
    return len(content) > 2 and crc(content[2:]) == content[0] | content[1] << 8


@lru_cache(maxsize=1024)
def _aes(key: bytes) -> algorithms.AES:
    return algorithms.AES(key)
