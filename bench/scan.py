"""Measures `minewarden scan` on generated data against a line-by-line Python pass, the bare read of the bytes, tshark and
Suricata with the compiled rules, all in one run; writes ratios and medians to bench/RESULTS.md.

    python -m bench.scan [--rows 1000000] [--capture-mib 256] [--times 3] [--keep DIR]
"""

import argparse
import shutil
import struct
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bench.measure import Cost, median
from bench.results import machine, write_section
from minewarden.simulator.pcapfile import session_packets
from minewarden.simulator.session import Script, Session, Wire
from minewarden.vocab.net import Endpoint

SCAN = [str(Path(sys.executable).with_name("minewarden")), "scan", "--format", "jsonl", "--zone", "UTC"]
START = datetime(2026, 11, 23, tzinfo=UTC)

LINE_BY_LINE = [sys.executable, "-m", "bench.line_by_line"]
BARE_READ = "import sys\nfor p in sys.argv[1:]:\n f = open(p, 'rb')\n while f.read(1 << 20): pass\n"


def main() -> None:
    """Generate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--capture-mib", type=int, default=256)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="minewarden-bench-") as made:
        folder = args.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        lines = [*_logs(folder, args.rows, args.times), *_captures(folder, args.capture_mib, args.times)]
    write_section("What `scan` costs", [*_heading(args), *lines])


def _heading(args: argparse.Namespace) -> list[str]:
    return [
        f"Made by `python -m bench.scan --rows {args.rows} --capture-mib {args.capture_mib} --times {args.times}`; medians of "
        f"{args.times} runs of whole processes (start-up included), memory is the largest of them. {machine()}.",
        "",
    ]


def _logs(folder: Path, rows: int, times: int) -> list[str]:
    out = [
        "### Logs",
        "",
        "| data | work | wall s | rows/s | CPU s | peak MiB | scan is ... times as fast |",
        "|---|---|---|---|---|---|---|",
    ]
    for form, write in (("Zeek conn, TSV", _zeek_tsv), ("Zeek conn, JSON", _zeek_json)):
        path = folder / f"{form.split()[-1].lower()}.log"
        if not path.exists():
            write(path, rows)
        size = f"{rows:,} rows, {path.stat().st_size / 2**20:.0f} MiB"
        scan = median([*SCAN, str(path)], times)
        slow = median([*LINE_BY_LINE, str(path)], times)
        bare = median([sys.executable, "-c", BARE_READ, str(path)], times)
        for name, cost in (
            ("`scan`, whole", scan),
            ("`bench/line_by_line.py`, the same columns by a Python loop", slow),
            ("bare read", bare),
        ):
            ratio = "" if cost is scan else f"{cost.wall_s / scan.wall_s:.2f}"
            out.append(
                f"| {form}, {size} | {name} | {cost.wall_s:.2f} | {rows / cost.wall_s:,.0f} | {cost.cpu_s:.2f} | {cost.peak_mib:.0f} | {ratio} |"
            )
    return [*out, ""]


def _captures(folder: Path, mib: int, times: int) -> list[str]:
    path = folder / "mixed.pcap"
    count = folder / "mixed.count"
    if not path.exists():
        count.write_text(str(_mixed_capture(path, mib * 2**20)))
    packets = int(count.read_text())
    work: list[tuple[str, Cost]] = [("`scan`, whole", median([*SCAN, str(path)], times))]
    if shutil.which("tshark"):
        fields = [
            "-T",
            "fields",
            *(
                part
                for name in ("frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "tcp.payload")
                for part in ("-e", name)
            ),
        ]
        work.append(("`tshark -T fields`", median(["tshark", "-r", str(path), *fields], times)))
    rules = _rules(folder)
    if rules and shutil.which("suricata"):
        log = folder / "suricata"
        log.mkdir(exist_ok=True)
        command = ["suricata", "-S", str(rules), "-r", str(path), "-l", str(log), "-k", "none"]
        work.append(("Suricata with the compiled rules", median(command, times)))
    work.append(("bare read", median([sys.executable, "-c", BARE_READ, str(path)], times)))
    scan = work[0][1]
    out = [
        f"### Captures: {packets:,} packets, {path.stat().st_size / 2**20:.0f} MiB, mixed (bulk TLS, small flows, chat, telemetry, wallets, some Stratum)",
        "",
    ]
    out += ["| work | wall s | packets/s | CPU s | peak MiB | scan is ... times as fast |", "|---|---|---|---|---|---|"]
    for name, cost in work:
        ratio = "" if cost is scan else f"{cost.wall_s / scan.wall_s:.2f}"
        out.append(
            f"| {name} | {cost.wall_s:.2f} | {packets / cost.wall_s:,.0f} | {cost.cpu_s:.2f} | {cost.peak_mib:.0f} | {ratio} |"
        )
    return [*out, ""]


def _rules(folder: Path) -> Path | None:
    """The project's own Stratum rules, as `block compile` writes them."""
    findings = folder / "findings.jsonl"
    example = '{"schema":"minewarden/finding/1","id":"00000000000000aa","host":"10.1.2.3","server":"192.0.2.1","server_name":"pool.example.net","port":3333,"protocol":"stratum-v1","coins":["BTC"],"account":"","worker":"","agent":"","state":"confirmed","first_seen":"2026-11-23T00:00:00Z","last_seen":"2026-11-23T01:00:00Z","shares":0,"jobs":0,"evidence":[],"trace":[],"trace_warnings":[],"sources":[]}'
    findings.write_text(example + "\n")
    out = folder / "rules"
    command = [SCAN[0], "block", "compile", "--from", str(findings), "--to", "suricata", "--out", str(out)]
    subprocess.run(command, check=False, capture_output=True)
    files = sorted(out.rglob("*.rules"))
    if not files:
        return None
    joined = folder / "all.rules"
    joined.write_bytes(b"".join(file.read_bytes() for file in files))
    return joined


def _zeek_rows(rows: int) -> "list[tuple[float, str, str, int, str, int, float, int, int]]":
    chance = Random(1)
    made = []
    for number in range(rows):
        inside = f"10.{number % 7}.{number // 7 % 250}.{number // 1750 % 250}"
        outside = f"198.51.100.{chance.randrange(1, 250)}"
        lasts, up, down = round(chance.expovariate(0.1), 6), chance.randrange(100, 9000), chance.randrange(100, 90000)
        ts = 1_795_000_000 + number * 0.01
        made.append(
            (
                ts,
                f"C{number:x}",
                inside,
                chance.randrange(32768, 60999),
                outside,
                chance.choice((443, 80, 22)),
                lasts,
                up,
                down,
            )
        )
    return made


def _zeek_tsv(path: Path, rows: int) -> None:
    names = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
    with path.open("w", encoding="utf-8") as file:
        file.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n")
        file.write("#fields\t" + names.replace(" ", "\t") + "\n")
        for ts, uid, src, sport, dst, dport, lasts, up, down in _zeek_rows(rows):
            file.write(
                f"{ts:.6f}\t{uid}\t{src}\t{sport}\t{dst}\t{dport}\ttcp\tssl\t{lasts:.6f}\t{up}\t{down}\tSF\tT\tF\t0\tShADadFf\t12\t{up + 480}\t14\t{down + 560}\t-\n"
            )


def _zeek_json(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for ts, uid, src, sport, dst, dport, lasts, up, down in _zeek_rows(rows):
            file.write(
                f'{{"_path":"conn","ts":{ts:.6f},"uid":"{uid}","id.orig_h":"{src}","id.orig_p":{sport},"id.resp_h":"{dst}","id.resp_p":{dport},"proto":"tcp","service":"ssl",'
                f'"duration":{lasts:.6f},"orig_bytes":{up},"resp_bytes":{down},"conn_state":"SF","local_orig":true,"local_resp":false,"missed_bytes":0,"history":"ShADadFf",'
                f'"orig_pkts":12,"orig_ip_bytes":{up + 480},"resp_pkts":14,"resp_ip_bytes":{down + 560}}}\n'
            )


def _mixed_capture(path: Path, size: int) -> int:
    """Repeat played sessions with other addresses and times until the file has the size; returns the packets."""
    kinds = [
        ("tls-browser", 443, 60),
        ("chat", 8443, 4),
        ("telemetry", 80, 4),
        ("electrum", 50001, 2),
        ("stratum-v1", 3333, 1),
        ("cryptonote", 14444, 1),
    ]
    frames: list[tuple[int, bytes]] = []
    for number, (dialogue, port, share) in enumerate(kinds):
        for turn in range(share):
            script = Script(jobs=20, job_every_s=15, shares=8)
            client, server = Endpoint(f"10.9.{number}.{turn + 1}", 50000 + turn), Endpoint("192.0.2.10", port)
            frames += session_packets(
                Session(dialogue, client, server, START + timedelta(seconds=turn), script, Wire(), number * 100 + turn)
            )
    frames.sort(key=lambda frame: frame[0])
    bulk = bytes(Random(2).randbytes(1400))
    written = packets = turn = 0
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        while written < size:
            for at, frame in frames:
                moved = bytearray(frame)
                # The second and third octet of the client's address tell the repetitions apart, in both directions.
                offset = 26 if moved[26] == 10 else 30
                moved[offset + 1] = (9 + turn) % 256
                moved[offset + 2] = (moved[offset + 2] + turn // 256) % 256
                data = bytes(moved)
                if len(data) < 80 and packets % 3 == 0:
                    data = _bulk(data, bulk)
                us = at + turn * 1_000_000
                file.write(struct.pack("<IIII", us // 1_000_000, us % 1_000_000, len(data), len(data)) + data)
                written += len(data) + 16
                packets += 1
            turn += 1
    return packets


def _bulk(frame: bytes, bulk: bytes) -> bytes:
    """A full segment of encrypted data on another port, between the same hosts."""
    whole = bytearray(frame[:54] + bulk)
    whole[16:18] = struct.pack("!H", 40 + len(bulk))
    whole[34:38] = struct.pack("!HH", 55555, 8443) if whole[26] == 10 else struct.pack("!HH", 8443, 55555)
    return bytes(whole)


if __name__ == "__main__":
    main()
