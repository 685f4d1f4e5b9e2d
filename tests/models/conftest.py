"""Property tests of models: no deadline a slow machine could miss."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("models", deadline=None)
settings.load_profile("models")
