from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import models


def modules() -> list[str]:
    return sorted(module.name for module in pkgutil.walk_packages(models.__path__, "models."))


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
