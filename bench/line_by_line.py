"""What a careful script does with Zeek's conn logs, a line at a time: the same columns, typed and checked, each address
looked up in the catalogue's list, counted per (client, server, port). The yardstick of bench/scan.py.

    python -m bench.line_by_line FILE...
"""

import ipaddress
import sys
from collections import Counter
from pathlib import Path

import orjson

from minewarden.intel.watchset import WatchSet

WANTED = ("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes")
WANTED += ("resp_bytes", "conn_state", "orig_pkts", "resp_pkts")


def main() -> None:
    """Read, type, look up, count."""
    listed = {str(row) for row in WatchSet.default().addresses_table().column(0).to_pylist()}
    pairs: Counter[tuple[str, str, int]] = Counter()
    hits = 0
    for name in sys.argv[1:]:
        with Path(name).open("rb") as file:
            fields: list[str] = []
            for line in file:
                if line.startswith(b"#fields"):
                    fields = line.decode().rstrip("\n").split("\t")[1:]
                if line.startswith(b"#"):
                    continue
                row = (
                    orjson.loads(line)
                    if line.startswith(b"{")
                    else dict(zip(fields, line.decode().rstrip("\n").split("\t"), strict=True))
                )
                values = [row.get(wanted) for wanted in WANTED]
                begun, lasts = float(values[0]), float(values[7]) if values[7] not in (None, "-") else 0.0
                src, dst = str(ipaddress.ip_address(values[1])), str(ipaddress.ip_address(values[3]))
                numbers = [int(values[i]) if values[i] not in (None, "-") else None for i in (2, 4, 8, 9, 11, 12)]
                record = (
                    int(begun * 1e6),
                    src,
                    numbers[0],
                    dst,
                    numbers[1],
                    int((begun + lasts) * 1e6),
                    values[5],
                    values[6],
                    *numbers[2:],
                )
                hits += dst in listed
                pairs[(record[1], record[3], record[4])] += 1
    print(hits, len(pairs))


if __name__ == "__main__":
    main()
