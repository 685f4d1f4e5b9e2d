from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings

from models.region_files import parse, render
from models.registry import Region
from tests.models.regions import regions

HEAD = 'name = "Kraj"\ntimezone = "Europe/Prague"\n'
ZONES = (
    "zone,name,parent,municipality,mains_km,connections,service_private_km,properties,population_served,"
    "mean_pressure_m,azp_point,critical_point,n1,inflows,outflows\n"
)
DEVICES = (
    "device,kind,type,dn_mm,q3_m3h,ratio_r,register_kind,register_digits,litres_per_pulse,multiplier,"
    "mounting_height_m,verified_until\n"
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(regions)
def test_rendered_files_parse_and_render_to_the_same_bytes(region: Region) -> None:
    files = render(region)
    again, problems = parse(files)
    assert problems == []
    assert again is not None
    assert render(again) == files


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(regions)
def test_order_of_rows_does_not_change_the_files(region: Region) -> None:
    turned = Region(
        **{
            name: tuple(reversed(value)) if isinstance(value, tuple) and name not in ("languages", "sources") else value
            for name, value in region.__dict__.items()
            if name in Region.__dataclass_fields__
        }
    )
    assert render(turned) == render(region)


def only(files: dict[str, str]) -> tuple[str, str, int | None, str]:
    region, problems = parse(files)
    assert region is None
    assert len(problems) == 1, problems
    return problems[0].code, problems[0].file, problems[0].row, problems[0].column


def test_values_of_a_zone() -> None:
    row = "bynov,,,562335,12.5,410,3.1,520,1900,,,,,P1|P2,P3\n"
    region, problems = parse({"region.toml": HEAD, "zones.csv": ZONES + row})
    assert problems == []
    assert region is not None
    zone = region.zone["bynov"]
    assert (zone.name, zone.inflows, zone.outflows) == ("bynov", ("P1", "P2"), ("P3",))
    assert (zone.mains_km, zone.n1, zone.mean_pressure_m) == (12.5, 1.0, None)


def test_a_spreadsheet_with_semicolons_and_decimal_commas() -> None:
    row = "bynov;Bynov;;562335;12,5;410;3,1;520;1900;45,2;;;1,1;P1;\r\n"
    region, problems = parse({"region.toml": HEAD, "zones.csv": "\ufeff" + ZONES.replace(",", ";") + row})
    assert problems == []
    assert region is not None
    assert (region.zones[0].mains_km, region.zones[0].mean_pressure_m, region.zones[0].n1) == (12.5, 45.2, 1.1)


def test_dates_are_local_midnights_and_devices_canonical() -> None:
    files = {
        "region.toml": HEAD,
        "devices.csv": DEVICES + "70:B3:D5:67:70:0F:F0:3A,meter,,15,2.5,160,,5,1,,,2028-01-01\n",
        "assignments.csv": "device,point,from,to,first_index_m3,final_index_m3\n"
        "70B3D567700FF03A,P1,2026-07-01,2026-08-01T10:30,0.2,\n",
    }
    region, problems = parse(files)
    assert problems == []
    assert region is not None
    [assignment] = region.assignments_of_device["70b3d567700ff03a"]
    assert assignment.start == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert assignment.end == datetime(2026, 8, 1, 8, 30, tzinfo=UTC)
    assert region.devices[0].multiplier == 1.0


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ("region.missing_file", "region.toml", None, "")),
        ({"region.toml": 'name = "x"\n'}, ("region.missing_key", "region.toml", None, "timezone")),
        ({"region.toml": "name = \n"}, ("region.toml_syntax", "region.toml", None, "")),
        (
            {"region.toml": 'name = "x"\ntimezone = "Europe/Prag"\n'},
            ("region.bad_timezone", "region.toml", None, "timezone"),
        ),
        ({"region.toml": HEAD + "colour = 1\n"}, ("region.unknown_key", "region.toml", None, "colour")),
        ({"region.toml": HEAD, "zone.csv": ZONES}, ("region.unknown_file", "zone.csv", None, "")),
        ({"region.toml": HEAD, "zones.csv": ""}, ("region.empty_file", "zones.csv", None, "")),
        (
            {"region.toml": HEAD, "zones.csv": ZONES.replace("n1,", "")},
            ("region.missing_column", "zones.csv", 1, "n1"),
        ),
        (
            {"region.toml": HEAD, "zones.csv": ZONES.replace("\n", ",colour\n")},
            ("region.unknown_column", "zones.csv", 1, "colour"),
        ),
        (
            {"region.toml": HEAD, "zones.csv": ZONES + "b,,,1,12 km,,,,,,,,,,\n"},
            ("region.bad_number", "zones.csv", 2, "mains_km"),
        ),
        (
            {"region.toml": HEAD, "zones.csv": ZONES + ",,,1,12,,,,,,,,,,\n"},
            ("region.empty_cell", "zones.csv", 2, "zone"),
        ),
        (
            {"region.toml": HEAD, "zones.csv": ZONES + "b,,,1,12,4.5,,,,,,,,,\n"},
            ("region.bad_integer", "zones.csv", 2, "connections"),
        ),
        (
            {"region.toml": HEAD, "zones.csv": ZONES + "b,,,1,12,4,,,,,,,,,,,7\n"},
            ("region.too_many_cells", "zones.csv", 2, ""),
        ),
        ({"region.toml": HEAD, "zones.csv": ZONES + 'b,"x,1\n'}, ("region.csv_syntax", "zones.csv", None, "")),
        (
            {"region.toml": HEAD, "devices.csv": DEVICES + "1,meter,,,,,sideways,,,,,\n"},
            ("region.bad_choice", "devices.csv", 2, "register_kind"),
        ),
        (
            {"region.toml": HEAD, "devices.csv": DEVICES + "1,meter,,,,,,,,,,\n\n2,meter,,,,,,,,,,1.7.2026\n"},
            ("region.bad_time", "devices.csv", 4, "verified_until"),
        ),
        (
            {"region.toml": HEAD, "sources.toml": '[[source]]\ntopic_filter = "#"\nrate_kind = "sum"\n'},
            ("region.bad_value", "sources.toml", 1, "rate_kind"),
        ),
        (
            {"region.toml": HEAD, "sources.toml": '[[source]]\ndialect = "auto"\n'},
            ("region.missing_key", "sources.toml", 1, "topic_filter"),
        ),
        ({"region.toml": HEAD, "boundaries.geojson": "{"}, ("region.json_syntax", "boundaries.geojson", None, "")),
    ],
)
def test_a_problem_names_its_place(files: dict[str, str], expected: tuple[str, str, int | None, str]) -> None:
    assert only(files) == expected


def test_every_problem_is_told_at_once() -> None:
    rows = "b,,,1,x,y,,,,,,,,,\n,,,1,1,1,,,,,,,,,\n"
    _, problems = parse({"region.toml": HEAD, "zones.csv": ZONES + rows})
    assert [(p.row, p.column) for p in problems] == [(2, "mains_km"), (2, "connections"), (3, "zone")]


def test_a_mapping_and_a_curve_read_from_toml() -> None:
    files = {
        "region.toml": HEAD,
        "reservoirs.toml": '[[reservoir]]\nreservoir = "flaje"\nname = "Fláje"\nkind = "dam"\nbottom_m = 690\n'
        'full_m = 740.0\ndatum = "Bpv"\ncurve = [[690, 0], [740, 21600000]]\nrule_curve = [[1, 735.5]]\n',
        "sources.toml": '[[source]]\ntopic_filter = "a/+/b"\nmapping = { "object.cnt" = "pulses", x = "volume_m3" }\n',
    }
    region, problems = parse(files)
    assert problems == []
    assert region is not None
    assert region.reservoirs[0].curve == ((690.0, 0.0), (740.0, 21.6e6))
    assert region.reservoirs[0].rule_curve == ((1, 735.5),)
    assert region.sources[0].mapping == (("object.cnt", "pulses"), ("x", "volume_m3"))
