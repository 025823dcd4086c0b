"""What the tables' module does for all that import it."""

import subprocess
import sys

_PROGRAM = """
import sys
import pyarrow as pa
from minewarden.telemetry.schema import TABLES
pa.array([1]), pa.scalar(None, pa.float64()), TABLES["conn"].empty_table()
print("pandas" in sys.modules, pa.table({"a": [1]}).to_pandas().shape, "pandas" in sys.modules)
"""


def test_pandas_is_loaded_only_where_a_frame_is_asked_for() -> None:
    told = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["False", "(1,", "1)", "True"]
