"""The decoders' tables: complete, without contradiction, and right where names look alike."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingest.decoders
from ingest.decoders import alarms, fields
from ingest.decoders.fields import COUNTS, DIMENSION_OF, NAMES, STATES, meanings, own_unit, stored
from models import units
from models.notice import NoticeKind
from models.quantity import QUANTITIES
from models.units import STORED_UNIT, find_unit, unit

MODULES = [
    units,
    *(
        importlib.import_module(f"ingest.decoders.{info.name}")
        for info in pkgutil.iter_modules(ingest.decoders.__path__)
    ),
]


@pytest.mark.parametrize("module", MODULES, ids=[module.__name__ for module in MODULES])
def test_examples_in_docstrings(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_every_quantity_has_its_way_to_be_read() -> None:
    assert set(DIMENSION_OF) | STATES | COUNTS == set(QUANTITIES)
    assert set(NAMES) <= set(QUANTITIES)
    assert set(STORED_UNIT) >= set(DIMENSION_OF.values())


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_quantitys_own_name_is_that_quantity_in_its_own_unit(quantity: str) -> None:
    (meaning,) = meanings(quantity)
    assert (meaning.quantity, meaning.unit) == (quantity, own_unit(quantity))
    if meaning.unit:
        assert stored(quantity, 12.5, meaning.unit) == 12.5


def test_a_name_means_two_things_only_where_the_unit_tells() -> None:
    for name, entries in fields._QUANTITIES_OF.items():
        dimensions = [DIMENSION_OF.get(quantity, quantity) for quantity, _ in entries]
        assert len(dimensions) == len(set(dimensions)), name


def test_a_name_is_no_alarm_and_a_value_at_once() -> None:
    both = {name for name in fields._QUANTITIES_OF if alarms.in_field(name, True)}
    assert both == set()
    assert set(alarms._KINDS) == set(NoticeKind)


@pytest.mark.parametrize(
    ("name", "quantity", "unit_word"),
    [
        ("total_m3", "volume_m3", "m3"),
        ("Total Volume (L)", "volume_m3", "l"),
        ("objemM3", "volume_m3", "m3"),
        ("stavVodomeru_m³", "volume_m3", "m3"),
        ("Zählerstand_m3", "volume_m3", "m3"),
        ("water-pressure_kPa", "pressure_m", "kpa"),
        ("pressure_MPa", "pressure_m", "mpa"),
        ("Hladina_cm", "level_m", "cm"),
        ("průtok_l_s", "flow_m3h", "l/s"),
        ("volume_flow_m3h", "flow_m3h", "m3h"),
        ("total_backward_m3", "reverse_volume_m3", "m3"),
        ("flow_temperature_c", "temperature_c", "c"),
        ("Bat_V", "battery_v", "v"),
        ("Q_ls", "flow_m3h", "ls"),
        ("P_bar", "pressure_m", "bar"),
        ("batteryPercent", "battery_pct", "%"),
    ],
)
def test_names(name: str, quantity: str, unit_word: str) -> None:
    assert [(meaning.quantity, meaning.unit) for meaning in meanings(name)] == [(quantity, unit_word)]


@pytest.mark.parametrize(
    "name",
    str.split("""target_m3 April_total_m3 consumption_at_set_date_m3 max_flow_m3h min_pressure_bar daily_volume_m3
    distance_m total_tariff1_m3 volume_m3_per_pulse gas_m3 heat_energy_kwh volume_bar flow_m3 level_l transmit_period_s
    q p q_m3 p_kw h_mm run_time_day
    on_time_h error_free_time_h device_temperature_c cpu_temp_c absolute_pressure_bar volume2_m3 l m c"""),
)
def test_what_only_looks_like_a_reading(name: str) -> None:
    assert meanings(name) == ()


@pytest.mark.parametrize(
    ("value", "word", "result"),
    [
        (1.0, "m³", 1.0),
        (1000, "L", 1.0),
        (1000, "gal", 3.785411784),
        (100, "ft³", 2.83168465920),
        (1, "l/s", 3.6),
        (1, "gpm", 0.22712470704),
        (24, "m³/d", 1.0),
        (1, "bar", 10.1972),
        (100, "kPa", 10.1972),
        (1, "MPa", 101.972),
        (1000, "mbar", 10.1972),
        (14.5037738, "psi", 10.1972),
        (273.15, "K", 0.0),
        (212, "°F", 100.0),
        (3600, "mV", 3.6),
    ],
)
def test_units(value: float, word: str, result: float) -> None:
    assert unit(word).stored(value) == pytest.approx(result, rel=1e-8)


def test_case_counts_only_where_it_must() -> None:
    assert unit("MPa").factor / unit("mPa").factor == pytest.approx(1e9)
    assert unit("M3/H") == unit("m³/h")
    assert unit(" µS⋅cm⁻¹ ") == unit("uS/cm")
    assert find_unit("parsec") is None


@given(st.text(max_size=40))
def test_any_name(name: str) -> None:
    for meaning in meanings(name):
        assert meaning.quantity in QUANTITIES
        assert not meaning.unit or find_unit(meaning.unit) is not None
