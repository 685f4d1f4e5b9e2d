"""A small region that is in order: two towns, a transfer, a zone inside a zone, a tank inside, a dam."""

from __future__ import annotations

from datetime import UTC, datetime

from models.registry import (
    Assignment,
    Billing,
    Device,
    MeteringPoint,
    Municipality,
    Operation,
    Region,
    Reservoir,
    Role,
    Source,
    Supply,
    Zone,
)

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
CURVE = ((0.0, 0.0), (5.0, 500.0))


def zone(
    name: str, town: str, inflows: tuple[str, ...], outflows: tuple[str, ...] = (), parent: str = "", n: int = 10
) -> Zone:
    return Zone(name, name, parent, town, 5.0, n, 0.5, n, 30, 45.0, "", "", 1.0, inflows, outflows)


def point(name: str, town: str, of: str, role: Role) -> MeteringPoint:
    return MeteringPoint(name, town, of, role)


POINTS = (
    point("a-in", "A", "a1", "inflow"),
    point("a-b", "A", "a1", "transfer"),
    point("a1-a2", "A", "a1", "transfer"),
    point("a-inner", "A", "a11", "inflow"),
    point("b-in", "B", "b1", "inflow"),
    point("b-out", "B", "b1", "outflow"),
    point("tank", "A", "a1", "tank"),
    point("dam", "A", "", "reservoir"),
    point("a1-h1", "A", "a1", "household"),
    point("a1-o1", "A", "a1", "other"),
    point("a1-own", "A", "a1", "own_use"),
    point("a11-h1", "A", "a11", "household"),
    point("a11-h2", "A", "a11", "household"),
)

KINDS = {"inflow": "flow_meter", "outflow": "flow_meter", "transfer": "flow_meter", "tank": "tank_station"}
"""Kind of the device at a point of each role, where it is no customer's water meter."""

REGION = Region(
    "Kraj",
    ("cs",),
    "Europe/Prague",
    False,
    "CZK",
    municipalities=(
        Municipality("A", "Áčkov", 100, 90, 50.6, 14.0),
        Municipality("B", "Béčkov", 50, 50, 50.7, 14.1),
    ),
    zones=(
        zone("a1", "A", ("a-in",), ("a-b", "a1-a2"), n=20),
        zone("a11", "A", ("a-inner",), parent="a1", n=2),
        zone("a2", "A", ("a1-a2",)),
        zone("b1", "B", ("a-b", "b-in"), ("b-out",)),
    ),
    points=POINTS,
    devices=tuple(
        Device(f"d-{item.point}", KINDS.get(item.role, "water_meter"), q3_m3h=100.0, register_digits=8)
        for item in POINTS
    ),
    assignments=tuple(Assignment(f"d-{item.point}", item.point, SINCE) for item in POINTS),
    reservoirs=(
        Reservoir("vdj", "Vodojem", "tank", "a1", "A", "tank", "", "", "", 0.0, 5.0, "dno", CURVE),
        Reservoir(
            "dam", "Nádrž", "dam", "", "A", "dam", "", "", "", 500.0, 540.0, "Bpv", ((500.0, 0.0), (540.0, 432e3))
        ),
    ),
    supplies=(Supply("dam", "A", 1.0), Supply("dam", "B", 0.5)),
    billing=(
        Billing(
            datetime(2026, 4, 30, 22, tzinfo=UTC),
            datetime(2026, 5, 31, 22, tzinfo=UTC),
            "b1",
            "",
            "household",
            93.0,
            "",
        ),
    ),
    operations=(
        Operation(datetime(2026, 5, 4, 8, tzinfo=UTC), datetime(2026, 5, 4, 10, tzinfo=UTC), "flushing", "a1", "", 6.0),
        Operation(datetime(2026, 5, 5, 8, tzinfo=UTC), None, "fire", "a1", "", 4.0),
    ),
    sources=(Source("a/+/x"), Source("b/#")),
)
