"""One day of a university's DNS log, as BIND writes it, with any number of lines; everything is the same each time.

Ordinary clients ask for ordinary names. Three ask for names of pools: the recursive forwarder of the dormitories, which
asks for others and is asked by them in the same log; a research crawler, which asks for many of them; and one
workstation, which asks for one of them every half hour.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

DAY = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
"""Thursday 12 March 2026, 00:00 in Beijing."""
LINES = 12_000_000
SERVER, FORWARDER, CRAWLER, MINER = "10.20.0.53", "10.20.40.53", "10.20.8.9", "10.20.3.17"
BEHIND = "10.20.41.7"
"""A dormitory's address behind the forwarder."""
POOLS = ("pool.supportxmr.com", "gulf.moneroocean.stream", "xmr.2miners.com", "xmr-eu1.nanopool.org")
SITES = 4_000
_ZONE = ZoneInfo("Asia/Shanghai")


def site(number: int) -> str:
    """An ordinary name."""
    return f"www{number % SITES}.example.edu"


def write(path: Path, lines: int) -> None:
    """Write the day: `lines` lines in the order of time, of which a few hundred are about pools."""
    special = sorted(_special(), key=lambda row: row[0])
    with path.open("w", encoding="ascii", buffering=1 << 20) as file:
        step, waiting = timedelta(days=1) / lines, iter([*special, (DAY + timedelta(days=2), "", "", "")])
        at, client, name, server = next(waiting)
        for number in range(lines - len(special)):
            now = DAY + step * number
            while at <= now:
                file.write(_line(at, client, name, server))
                at, client, name, server = next(waiting)
            host = number * 7919 % 60_000
            file.write(_line(now, f"10.21.{host // 250}.{host % 250 + 1}", site(number), SERVER))
        while client:
            file.write(_line(at, client, name, server))
            at, client, name, server = next(waiting)


def _special() -> list[tuple[datetime, str, str, str]]:
    rows = []
    for half_hour in range(40):
        rows.append((DAY + timedelta(minutes=30 * half_hour + 3), MINER, POOLS[0], SERVER))
    for place, pool in enumerate(POOLS * 5):
        rows.append((DAY + timedelta(hours=10, seconds=20 * place), CRAWLER, pool, SERVER))
    for hour in range(6):
        at = DAY + timedelta(hours=20, minutes=10 * hour)
        rows += [(at, BEHIND, site(hour), FORWARDER), (at + timedelta(seconds=1), FORWARDER, POOLS[1], SERVER)]
    return rows


def _line(at: datetime, client: str, name: str, server: str) -> str:
    local = at.astimezone(_ZONE)
    stamp = f"{local:%d-%b-%Y %H:%M:%S}.{local.microsecond // 1000:03d}"
    return f"{stamp} client @0x7f {client}#40000 ({name}): query: {name} IN A +E(0)K ({server})\n"
