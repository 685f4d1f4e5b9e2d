from datetime import datetime

import pyarrow as pa
from pyarrow import parquet

NAME = "frame.parquet"


def make(path):
    times = [datetime(2026, 11, 24, hour) for hour in (8, 9)]  # noqa: DTZ001 - its cells have no zone
    table = pa.table({"meter": ["12345678"] * 2, "flow_m3h": [0.5, 0.75], "__index_level_0__": times})
    parquet.write_table(table, path)
