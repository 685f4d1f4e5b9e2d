from datetime import UTC, datetime

import pyarrow as pa
from pyarrow import parquet

NAME = "readings.parquet"


def make(path):
    times = [datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (8, 9, 10)]
    table = pa.table(
        {
            "_time": pa.array(times, pa.timestamp("us", tz="Europe/Prague")),
            "device": ["12345678", "12345678", "12345679"],
            "volume_m3": [1.5, None, 3.25],
            "flow_m3h": pa.array([0.5, 0.75, 1.0], pa.float32()),
        }
    )
    parquet.write_table(table, path)
