"""Hypothesis strategies for regions: any text a person may type, any time, any number."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from models import registry as r
from models.reading import from_ms

HOSTILE = "aŽß0 ,;.=\"'\\\n\r\t#[]{}\x00\x1f\x7f\u2028\ufeff😀"
text = st.text(st.sampled_from(HOSTILE + "|"), max_size=8).map(str.strip)
word = st.text(st.sampled_from(HOSTILE), min_size=1, max_size=6).map(str.strip).filter(bool)
times = st.integers(631152000000, 2208988800000).map(from_ms)
number = st.floats(-1e9, 1e9, allow_nan=False)
count = st.integers(0, 10**7)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


validity = {"valid_from": maybe(times), "valid_to": maybe(times)}

sources = st.builds(
    r.Source,
    topic_filter=word,
    dialect=word,
    municipality=text,
    timezone=text,
    rate_kind=st.sampled_from(["instantaneous", "mean"]),
    rate_stamp=st.sampled_from(["start", "end"]),
    rate_step_s=maybe(count),
    mapping=st.lists(st.tuples(text, word), max_size=3, unique_by=lambda pair: pair[0]).map(tuple),
    device=text,
    quantity=text,
    unit=text,
    may_request_rebirth=st.booleans(),
)

reservoirs = st.builds(
    r.Reservoir,
    reservoir=word,
    name=word,
    kind=st.sampled_from(get_args(r.ReservoirKind)),
    zone=text,
    municipality=text,
    level_point=text,
    inflow_point=text,
    outflow_point=text,
    purpose=text,
    bottom_m=number,
    full_m=number,
    datum=text,
    curve=st.lists(st.tuples(number, number), max_size=3).map(tuple),
    rule_curve=st.lists(st.tuples(count, number), max_size=3).map(tuple),
    min_release_m3h=maybe(number),
    lat=maybe(number),
    lon=maybe(number),
    dead_m=maybe(number),
    flood_m=maybe(number),
    crest_m=maybe(number),
)

zones = st.builds(
    r.Zone,
    zone=word,
    name=word,
    parent=text,
    municipality=word,
    mains_km=number,
    connections=count,
    service_private_km=number,
    properties=count,
    population_served=count,
    mean_pressure_m=maybe(number),
    azp_point=text,
    critical_point=text,
    n1=number,
    inflows=st.lists(word, max_size=3).map(tuple),
    outflows=st.lists(word, max_size=3).map(tuple),
    **validity,
)

points = st.builds(
    r.MeteringPoint,
    point=word,
    municipality=word,
    zone=text,
    role=st.sampled_from(get_args(r.Role)),
    dwellings=count,
    elevation_m=maybe(number),
    lat=maybe(number),
    lon=maybe(number),
    **validity,
)

devices = st.builds(
    r.Device,
    device=word,
    kind=word,
    type=text,
    dn_mm=maybe(count),
    q3_m3h=maybe(number),
    ratio_r=maybe(number),
    register_kind=st.sampled_from(["forward", "net"]),
    register_digits=maybe(count),
    litres_per_pulse=maybe(number),
    multiplier=number,
    mounting_height_m=maybe(number),
    verified_until=maybe(times),
    **validity,
)

regions = st.builds(
    r.Region,
    name=st.text(min_size=1, max_size=10),
    languages=st.lists(word, min_size=1, max_size=3).map(tuple),
    timezone=st.sampled_from(["Europe/Prague", "UTC", "America/St_Johns", "Asia/Kathmandu"]),
    simulated=st.booleans(),
    currency=word,
    municipalities=st.lists(
        st.builds(
            r.Municipality,
            code=word,
            name=word,
            population=count,
            population_supplied=count,
            lat=number,
            lon=number,
            variable_cost_czk_m3=maybe(number),
            retail_czk_m3=maybe(number),
        ),
        max_size=2,
    ).map(tuple),
    zones=st.lists(zones, max_size=2).map(tuple),
    points=st.lists(points, max_size=2).map(tuple),
    devices=st.lists(devices, max_size=2).map(tuple),
    assignments=st.lists(
        st.builds(
            r.Assignment,
            device=word,
            point=word,
            start=times,
            end=maybe(times),
            first_index_m3=maybe(number),
            final_index_m3=maybe(number),
        ),
        max_size=3,
    ).map(tuple),
    reservoirs=st.lists(reservoirs, max_size=2).map(tuple),
    supplies=st.lists(st.builds(r.Supply, source=word, municipality=word, share=number, **validity), max_size=2).map(
        tuple
    ),
    billing=st.lists(
        st.builds(
            r.Billing,
            start=times,
            end=times,
            zone=text,
            municipality=text,
            customer_class=word,
            volume_m3=number,
            method=text,
        ),
        max_size=2,
    ).map(tuple),
    balance_inputs=st.lists(
        st.builds(
            r.BalanceInput,
            subject=word,
            input=word,
            value=number,
            plus_minus=number,
            grade=text,
            source=text,
            **validity,
        ),
        max_size=2,
    ).map(tuple),
    operations=st.lists(
        st.builds(
            r.Operation,
            start=times,
            end=maybe(times),
            kind=word,
            zone=text,
            place=text,
            volume_m3=maybe(number),
            note=text,
        ),
        max_size=2,
    ).map(tuple),
    sources=st.lists(sources, max_size=2).map(tuple),
    boundaries=st.sampled_from(["", '{"type": "FeatureCollection", "features": []}\n']),
)
