"""What payloads are read with: a region's rules and time zone, the keys of its devices, the decoders of this program.

Its edition tells when a payload that was refused should be looked at again: when any of it is another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from ingest.source_rules import SourceRules
from models.registry import Source

_ROOT = Path(__file__).parent
_LEFT_OUT = ("simulator", "__pycache__")
MODELS = ("device", "mapping", "notice", "quality", "quantity", "quantity_units", "reading", "registry", "units")
"""Files of models/ by which decoders read."""

PARTS = ("keys", "rules", "decoders", "births")
"""What an edition is made of, in its order."""


class Knowledge(NamedTuple):
    """What payloads are read with.

    timezone : for times without a zone where the topic's rule names none
    keys : AES keys in hexadecimal digits by canonical device
    edition : tells these keys, rules, decoders and births from any others; holds no secret
    """

    rules: SourceRules
    timezone: str
    keys: Mapping[str, str]
    edition: str


def knowledge(
    sources: Sequence[Source] = (),
    timezone: str = "UTC",
    keys: Mapping[str, str] | None = None,
    keys_version: int = 0,
    births: str = "0",
) -> Knowledge:
    """What there is to read with.

    keys_version : grows with every change of the keys
    births : edition of what sources told of their messages to come (Memory.edition)
    """
    rules = blake2b(repr((tuple(sources), timezone)).encode(errors="backslashreplace"), digest_size=5).hexdigest()
    edition = f"{keys_version} {rules} {decoders_edition()} {births}"
    return Knowledge(SourceRules(sources), timezone, dict(keys or {}), edition)


def changed_parts(before: str, now: str) -> tuple[str, ...]:
    """Which of the parts differ between two editions; all where the earlier one is none.

    >>> changed_parts("1 a b 0", "2 a c 0"), changed_parts("earlier", "2 a c 0")
    (('keys', 'decoders'), ('keys', 'rules', 'decoders', 'births'))
    """
    first, second = before.split(), now.split()
    if len(first) != len(second):
        return PARTS
    return tuple(part for part, a, b in zip(PARTS, first, second, strict=True) if a != b)


@cache
def decoders_edition() -> str:
    """Tells the decoders of this program from those of another one.

    It is the hash of their sources and tables. A number that people raise would be forgotten once, and payloads would
    stay refused; a changed comment costs no more than decoding again what is refused.
    """
    files = [file for file in _ROOT.rglob("*") if file.is_file() and not set(file.parts) & set(_LEFT_OUT)]
    files += [_ROOT.parent / "models" / f"{name}.py" for name in MODELS]
    digest = blake2b(digest_size=5)
    for file in sorted(files):
        digest.update(f"{file.relative_to(_ROOT.parent)}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
