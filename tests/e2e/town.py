"""A small real-looking town for the tests: one zone, one inflow meter, one pressure sensor; nothing simulated."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from models.reading import Series, to_ms

FILES = {
    "region.toml": 'name = "Zkušební kraj"\nlanguages = ["cs", "en", "de"]\ntimezone = "Europe/Prague"\n'
    'simulated = false\ncurrency = "CZK"\n',
    "municipalities.csv": "code,name,population,population_supplied,lat,lon,variable_cost_czk_m3,retail_czk_m3\n"
    "LHO,Lhota,5000,5000,50.6,14.0,9,60\n",
    "zones.csv": "zone,name,parent,municipality,mains_km,connections,service_private_km,properties,population_served,"
    "mean_pressure_m,azp_point,critical_point,n1,inflows,outflows\n"
    "LHO-1,Lhota střed,,LHO,12.5,900,4.5,1000,5000,45,LHO-1-P,LHO-1-P,1.0,LHO-1-IN,\n",
    "metering_points.csv": "point,municipality,zone,role,dwellings,elevation_m,lat,lon\n"
    "LHO-1-IN,LHO,LHO-1,inflow,,200,50.6,14.0\nLHO-1-P,LHO,LHO-1,pressure,,210,50.6,14.0\n",
    "devices.csv": "device,kind,type,dn_mm,q3_m3h,ratio_r,register_kind,register_digits,litres_per_pulse,multiplier,"
    "mounting_height_m,verified_until\n"
    "MAG-LHO-1,flow meter,MAG,150,250,,forward,9,10,1,,\nTLAK-LHO-1,pressure sensor,P,,,,,,,1,,\n",
    "assignments.csv": "device,point,from,to,first_index_m3,final_index_m3\n"
    "MAG-LHO-1,LHO-1-IN,2024-01-01,,,\nTLAK-LHO-1,LHO-1-P,2024-01-01,,,\n",
}
ZONE = "LHO-1"
INFLOW_METER = "MAG-LHO-1"
STEP = timedelta(minutes=5)


def write_region(folder: Path) -> Path:
    """The region's files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def expected_flow_m3h(moments_ms: np.ndarray, seed: int = 7) -> np.ndarray:
    """A day's course with noise that clings for an hour, about 20–50 m³/h."""
    hours = moments_ms / 3_600_000.0
    course = 34 + 9 * np.sin((hours - 9) / 24 * 2 * np.pi) + 5 * np.sin((hours - 7) / 12 * 2 * np.pi)
    shocks = np.random.default_rng(seed).normal(0, 0.5, len(hours))
    noise = np.zeros(len(hours))
    for number in range(1, len(hours)):
        noise[number] = 0.85 * noise[number - 1] + shocks[number]
    return course + noise


def history(end: datetime, days: int = 60) -> list[Series]:
    """Inflow and pressure every five minutes up to `end`, and the hourly register."""
    last = to_ms(end) // 300_000 * 300_000
    times = np.arange(last - days * 86_400_000, last, 300_000, dtype=np.int64)
    flow = expected_flow_m3h(times)
    register = 100_000 + np.cumsum(flow) / 12
    good = np.ones(1, dtype=np.int8)
    hourly = times % 3_600_000 == 0
    return [
        Series(INFLOW_METER, "flow_m3h", times, flow, good, "import"),
        Series(INFLOW_METER, "volume_m3", times[hourly], register[hourly], good, "import"),
        Series("TLAK-LHO-1", "pressure_m", times, 48 - flow / 20, good, "import"),
    ]
