"""Measures `minewarden patrol watch` while logs grow: how far behind it reads, and how long after its row a finding is
stated.

    python bench/watch.py [--rate 50000] [--seconds 60] [--every 5s] [--socket]

A writer appends rows at the given rate, half of them to a Zeek conn.log in TSV, half as dns events in JSON to a
Suricata eve.json, or with `--socket` to the watch's Unix socket as Suricata would; and now and then a miner's look-up and connection, each from a host of its own. The
time until a line about that host stands in the file of findings is the delay.
"""

import argparse
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from minewarden.telemetry.lake import Lake

POOL, SERVER, PORT = "xmr-eu1.nanopool.org", "203.0.113.77", 10343
HEAD = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{path}\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\t{fields}\n"
CONN = "service\tduration\torig_bytes\tresp_bytes\tconn_state\torig_pkts\tresp_pkts"
EVE = (
    '"flow_id":{i},"in_iface":"eth1","event_type":"dns","src_ip":"{src}","src_port":{port},"dest_ip":"10.0.0.53","dest_port":53,'
    '"proto":"UDP","dns":{{"type":"query","id":{id},"rrname":"{name}","rrtype":"A","tx_id":0,"opcode":0}}}}\n'
)
MINER_EVERY_S = 5.0


def main() -> None:
    """Write, watch, wait, say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=50_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--every", default="5s")
    parser.add_argument("--socket", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as made:
        folder = Path(made)
        (folder / "logs").mkdir()
        out = folder / "findings.jsonl"
        command = [
            sys.executable,
            "-m",
            "minewarden",
            "patrol",
            "watch",
            str(folder / "logs"),
            "--lake",
            str(folder / "lake"),
        ]
        if args.socket:
            command += ["--listen", f"unix://{folder / 'eve.sock'}"]
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen([*command, "--out", str(out), "--every", args.every], stderr=said)
        while not (folder / "said").read_bytes():
            time.sleep(0.1)
        stated: dict[str, float] = {}
        done = threading.Event()
        listener = threading.Thread(target=listen, args=(out, stated, done))
        listener.start()
        miners, written, took = write(folder / "logs", args.rate, args.seconds, folder / "eve.sock")
        caught_up = catch_up(folder / "lake", written)
        until = time.monotonic() + 60
        while set(miners) - set(stated) and time.monotonic() < until:
            time.sleep(0.2)
        done.set()
        listener.join()
        process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        files = sum(1 for _ in (folder / "lake").rglob("*.parquet"))
        lines = len(out.read_text().splitlines()) if out.exists() else 0
        told = (folder / "said").read_text().splitlines()[1:-1]
        kept = in_lake(folder / "lake")
    delays = sorted(stated[host] - at for host, at in miners.items() if host in stated)
    print(f"{platform.python_version()}, {len(os.sched_getaffinity(0))} cores, shared")
    print(
        f"rows written {written} in {took:.1f} s ({written / took:,.0f}/s); in the lake {kept}; exit {process.returncode}"
    )
    print(f"all rows in the lake {caught_up:.1f} s after the last was written; Parquet files {files}")
    print(f"miners {len(miners)}, stated {len(delays)}, lines {lines}")
    if delays:
        print(f"delay from row to line: median {delays[len(delays) // 2]:.1f} s, longest {delays[-1]:.1f} s")
    print("\n".join(["said:", *told]) if told else "said nothing but that it began and ended")
    print(f"processor {usage.ru_utime + usage.ru_stime:.1f} s, memory {usage.ru_maxrss / 1024:.0f} MiB")


def write(folder: Path, rate: int, seconds: int, eve: Path) -> tuple[dict[str, float], int, float]:
    """Append a tenth of a second's rows ten times a second; host -> when its rows were written, and the rows."""
    rows = rate // 20
    ends = [f"10.{i % 200}.{i % 251}.{i % 253 + 1}\t{1024 + i % 60000}\t" for i in range(rows)]
    conn = [
        f"\tC{i:010d}\t{end}198.51.100.{i % 250}\t443\ttcp\tssl\t1.25\t{i}\t{i * 3}\tSF\t12\t14\n"
        for i, end in enumerate(ends)
    ]
    dns = [event(i, end.split("\t")[0], f"n{i % 100_000}.example.com") for i, end in enumerate(ends)]
    miners: dict[str, float] = {}
    written, begun, next_miner = 0, time.time(), time.time() + 1
    with ExitStack() as stack:
        conn_log = stack.enter_context((folder / "conn.log").open("w"))
        if eve.exists():
            connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            connection.connect(str(eve))
            dns_log = stack.enter_context(connection.makefile("w"))
        else:
            dns_log = stack.enter_context((folder / "eve.json").open("w"))
        conn_log.write(HEAD.format(path="conn", fields=CONN))
        for tick in range(seconds * 10):
            now = time.time()
            stamp = f"{now:.6f}"
            opened = f'{{"timestamp":"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.%f}+0000",'
            dns_log.write(opened + opened.join(dns))
            conn_log.write(stamp + stamp.join(conn))
            written += 2 * rows
            if now >= next_miner and now < begun + seconds - 1:
                host = f"10.250.{len(miners) // 250}.{len(miners) % 250 + 1}"
                dns_log.write(opened + event(7, host, POOL))
                conn_log.write(f"{stamp}\tCm\t{host}\t5001\t{SERVER}\t{PORT}\ttcp\t-\t2.5\t900\t2000\tSF\t9\t9\n")
                miners[host], next_miner, written = now, now + MINER_EVERY_S, written + 2
            dns_log.flush()
            conn_log.flush()
            time.sleep(max(0.0, begun + (tick + 1) / 10 - time.time()))
    return miners, written, time.time() - begun


def event(number: int, source: str, name: str) -> str:
    """A dns event without its beginning."""
    return EVE.format(i=number * 7919, src=source, port=1024 + number % 60000, id=number % 65536, name=name)


def listen(out: Path, stated: dict[str, float], done: threading.Event) -> None:
    """Note when the first line about each host comes."""
    while not done.is_set():
        if out.exists():
            for text in out.read_text().splitlines():
                host = str(json.loads(text)["host"])
                stated.setdefault(host, time.time())
        time.sleep(0.1)


def in_lake(lake: Path) -> int:
    """Rows of both tables in the lake."""
    with Lake(lake).connect() as connection:
        counted = (connection.execute(f"SELECT count(*) FROM {t}").fetchone() for t in ("conn", "dns"))
        return sum(row[0] for row in counted if row)


def catch_up(lake: Path, written: int) -> float:
    """How long until all rows are in the lake."""
    begun = time.time()
    while time.time() < begun + 120:
        if in_lake(lake) >= written:
            break
        time.sleep(0.5)
    return time.time() - begun


if __name__ == "__main__":
    main()
