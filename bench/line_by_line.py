"""What a careful script does with Zeek's conn logs, a line at a time: the same columns, typed and checked. The yardstick
of bench/scan.py and bench/ingest.py.

    python -m bench.line_by_line [--json json | orjson] [--into FOLDER] FILE...

Without a folder each address is looked up in the catalogue's list, and rows are counted per (client, server, port).
With one it does what `ingest` does: the file is hashed and its rows are written to a Parquet file of the lake's table.
"""

import argparse
import hashlib
import ipaddress
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.schema import TABLES

WANTED = (
    *("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes"),
    *("resp_bytes", "conn_state", "orig_pkts", "resp_pkts"),
)
PARSERS: dict[str, Callable[[bytes], Any]] = {"json": json.loads, "orjson": orjson.loads}
STOOD = dict.fromkeys(("S1", "S2", "S3", "SF", "RSTO", "RSTR"), True)
STOOD |= dict.fromkeys(("S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"), False)
_ROWS_AT_ONCE = 50_000

Record = tuple[Any, ...]


def records(path: Path, parse: Callable[[bytes], Any], digest: Any) -> Iterator[Record]:
    """Each line's row as the lake's table `conn` has it, without the source's number."""
    with path.open("rb") as file:
        fields: list[str] = []
        for number, line in enumerate(file, 1):
            if digest is not None:
                digest.update(line)
            if line.startswith(b"#fields"):
                fields = line.decode().rstrip("\n").split("\t")[1:]
            if line.startswith(b"#"):
                continue
            row: dict[str, Any] = (
                parse(line)
                if line.startswith(b"{")
                else dict(zip(fields, line.decode().rstrip("\n").split("\t"), strict=True))
            )
            values: list[Any] = [row.get(wanted) for wanted in WANTED]
            begun, lasts = float(values[0]), float(values[7]) if values[7] not in (None, "-") else 0.0
            src, dst = str(ipaddress.ip_address(values[1])), str(ipaddress.ip_address(values[3]))
            source, target, up, down, sent, got = (
                int(values[i]) if values[i] not in (None, "-") else None for i in (2, 4, 8, 9, 11, 12)
            )
            start, stood = round(begun * 1e6), STOOD.get(values[10])
            until = start + round(lasts * 1e6)
            proto, service = values[5].lower(), values[6] if values[6] != "-" else None
            yield start, src, source, dst, target, until, proto, up, down, sent, got, stood, service, number


def _written(found: Iterator[Record], path: Path) -> int:
    schema, count = TABLES["conn"], 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        held: list[Record] = []
        for record in found:
            held.append(record)
            if len(held) == _ROWS_AT_ONCE:
                count += _group(writer, schema, held)
        return count + (_group(writer, schema, held) if held else 0)


def _group(writer: pq.ParquetWriter, schema: pa.Schema, held: list[Record]) -> int:
    count, columns = len(held), list(zip(*held, strict=True))
    columns.insert(-1, (1,) * count)
    writer.write_table(pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema))
    held.clear()
    return count


def main() -> None:
    """Read and type, then write, or look up and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", choices=PARSERS, default="orjson")
    parser.add_argument("--into", type=Path)
    args = parser.parse_args()
    if args.into is not None:
        for name in args.files:
            digest = hashlib.sha256()
            rows = _written(records(name, PARSERS[args.json], digest), args.into / f"{name.name}.parquet")
            print(rows, digest.hexdigest())
        return
    listed = {str(row) for row in WatchSet.default().addresses_table().column(0).to_pylist()}
    pairs: Counter[tuple[str, str, int]] = Counter()
    hits = 0
    for name in args.files:
        for record in records(name, PARSERS[args.json], None):
            hits += record[3] in listed
            pairs[(record[1], record[3], record[4])] += 1
    print(hits, len(pairs))


if __name__ == "__main__":
    main()
