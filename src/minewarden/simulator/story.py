"""One day in the invented city: who mined, who only looked like it, and the logs that saw it, in one folder.

What a reader of the logs should find stands in `TRUTH`; tests hold the whole program against it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from minewarden.simulator import city, logs
from minewarden.simulator.pcapfile import write_capture
from minewarden.simulator.session import Lookup, Script, Session, Wire
from minewarden.vocab.net import Endpoint

POOL_XMR, POOL_RVN, POOL_ETC = Endpoint("192.0.2.33", 3333), Endpoint("192.0.2.61", 6060), Endpoint("192.0.2.77", 4444)
POOL_TLS, POOL_BTC, WEB = Endpoint("192.0.2.91", 443), Endpoint("192.0.2.78", 3333), Endpoint("192.0.2.200", 443)
NAME_XMR, NAME_TLS, NAME_LOOKED_UP, NAME_WEB = (
    "pool.supportxmr.com",
    "pool.hashvault.pro",
    "auto.c3pool.org",
    "www.f2pool.com",
)
EVERYDAY = ("www.example.com", "mirror.example.org", "pool.ntp.org", "cdn.example.net", "aminer.cn", "mail.example.com")


@dataclass(frozen=True, slots=True)
class Truth:
    """What should be found: state, host as the sensor saw it, server, and the assets that fit (best first)."""

    state: str
    host: str
    server: str
    port: int
    coin: str
    assets: tuple[str, ...]


TRUTH = (
    Truth("confirmed", city.JF07.ip, POOL_XMR.ip, POOL_XMR.port, "XMR", (city.JF07.asset,)),
    Truth("confirmed", city.GPU02.ip, POOL_RVN.ip, POOL_RVN.port, "RVN", (city.GPU02.asset,)),
    Truth("confirmed", city.DISTRICT_EXIT, POOL_ETC.ip, POOL_ETC.port, "", (city.OLD_SERVER.asset,)),
    Truth(
        "confirmed", city.DISTRICT_EXIT, POOL_BTC.ip, POOL_BTC.port, "BTC", (city.SPARE_PC.asset, city.TEACHER_PC.asset)
    ),
    Truth("probable", city.LAPTOP.ip, POOL_TLS.ip, POOL_TLS.port, "", ()),
    Truth("suspected", city.TEACHER_PC.ip, "", 0, "XMR", (city.TEACHER_PC.asset,)),
)


def write_city(folder: Path, now: datetime) -> list[Path]:
    """Write the day before `now` (aware) as logs and captures below `folder`; the same `now` gives the same bytes."""
    day = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=26)
    written = [*_middle_school(folder, day), *_college(folder, day), *_district(folder, day)]
    declared = folder / "sources.toml"
    declared.write_text(_SOURCES, encoding="utf-8")
    return [*written, declared]


def _middle_school(folder: Path, day: datetime) -> list[Path]:
    """A mirror port inside the school: one PC of the computer room mines, one office only reads a pool's web page."""
    jf07, office = city.JF07, city.OFFICE
    start = day + timedelta(hours=4, minutes=14, seconds=37)
    sessions: list[Session | Lookup] = [
        _lookup(jf07, city.MIDDLE_RESOLVER, NAME_XMR, start - timedelta(seconds=1), POOL_XMR.ip),
        Session(
            "cryptonote", Endpoint(jf07.ip, 51022), POOL_XMR, start, _script(120, 47, "xmrig/6.22.2"), _wire(jf07), 1
        ),
        _lookup(office, city.MIDDLE_RESOLVER, NAME_WEB, start + timedelta(minutes=3), WEB.ip),
        _browsing(office, start + timedelta(minutes=3, seconds=1), NAME_WEB),
    ]
    sessions += _everyday(city.classroom(city.MIDDLE, 14), start, seed=11)
    capture = _made(folder, "yizhong/mirror-port.pcap")
    write_capture(capture, sessions)
    rooms = [jf07, office, *city.classroom(city.MIDDLE, 40)]
    leases = [logs.Lease(device, day - timedelta(hours=2), timedelta(hours=24)) for device in rooms]
    texts = {
        "yizhong/kea-leases4.csv": logs.kea_leases(leases),
        "yizhong/SW-3F-02.txt": logs.switch_table("SW-3F-02", [jf07, *city.classroom(city.MIDDLE, 6)], start),
        "yizhong/SW-1F-01.txt": logs.switch_table("SW-1F-01", [office], start),
        "yizhong/资产台账.csv": logs.asset_ledger(rooms, day - timedelta(days=300)),
    }
    return [capture, *_texts(folder, texts)]


def _college(folder: Path, day: datetime) -> list[Path]:
    """A Zeek sensor for the dormitories and a capture of the laboratory that began when the mining already ran."""
    gpu, laptop = city.GPU02, city.LAPTOP
    start = day + timedelta(hours=6, minutes=2)
    lab = _made(folder, "zhiyuan/lab-capture.pcap")
    joined = Wire(joined_after_s=95, vlan=gpu.vlan, client_mac=gpu.mac, ending="")
    script = Script(jobs=80, job_every_s=30, shares=61, agent="kawpowminer/1.2.4", worker="gpu02")
    mining: list[Session | Lookup] = [Session("kawpow", Endpoint(gpu.ip, 40112), POOL_RVN, start, script, joined, 2)]
    write_capture(lab, mining + _everyday(city.classroom(city.COLLEGE, 8), start, seed=12))
    at = day + timedelta(hours=13, minutes=40)
    tls = logs.Flow(laptop.ip, 49811, POOL_TLS.ip, POOL_TLS.port, at, 9_120.5, 61_220, 402_118, "ssl")
    flows, queries = _background(city.classroom(city.COLLEGE, 30), day, seed=13)
    queries.append(logs.Query(laptop.ip, NAME_TLS, at - timedelta(seconds=2), (POOL_TLS.ip,)))
    devices = [gpu, laptop, *city.classroom(city.COLLEGE, 30)]
    leases = [logs.Lease(device, day - timedelta(hours=1), timedelta(hours=36)) for device in devices]
    login = logs.radius_detail(laptop, at - timedelta(minutes=31), at + timedelta(hours=4), "10.64.255.9", "5F3A01C7")
    secure = [(flow, "www.example.com") for flow in flows if flow.dst_port == 443]
    texts = {
        "zhiyuan/zeek/conn.log": logs.zeek_conn([*flows, tls]),
        "zhiyuan/zeek/dns.log": logs.zeek_dns(queries, city.COLLEGE_RESOLVER),
        "zhiyuan/zeek/ssl.log": logs.zeek_ssl([*secure, (tls, "")]),
        "zhiyuan/dhcpd.leases": logs.isc_leases(leases),
        "zhiyuan/radius-detail": login,
        "zhiyuan/SW-LAB-01.txt": logs.switch_table("SW-LAB-01", [gpu], start),
        "zhiyuan/SW-DORM-05.txt": logs.switch_table("SW-DORM-05", [laptop], at),
        "zhiyuan/资产台账.csv": logs.asset_ledger([gpu, *city.classroom(city.COLLEGE, 30)], day - timedelta(days=200)),
    }
    return [lab, *_texts(folder, texts)]


def _district(folder: Path, day: datetime) -> list[Path]:
    """The district's exit, seen from outside the address translation, with two tilted clocks behind it."""
    first = day + timedelta(hours=5, minutes=14, seconds=37)
    second = day + timedelta(hours=9, minutes=40)
    change = second + timedelta(minutes=4)
    exit_ports = (Endpoint(city.DISTRICT_EXIT, 40213), Endpoint(city.DISTRICT_EXIT, 40977))
    outside = _made(folder, "donghu/exit-outside.pcap")
    etc = Script(jobs=60, job_every_s=20, shares=22, agent="ethminer/0.19.0", worker="srv")
    btc = Script(jobs=20, job_every_s=24, shares=9, agent="cgminer/4.11.1")
    seen: list[Session | Lookup] = [
        Session("ethproxy", exit_ports[0], POOL_ETC, first, etc, Wire(), 3),
        Session("stratum-v1", exit_ports[1], POOL_BTC, second, btc, Wire(), 4),
    ]
    write_capture(outside, seen)
    old, spare, teacher = city.OLD_SERVER, city.SPARE_PC, city.TEACHER_PC
    sessions = [
        logs.Translation(
            old.ip, 51234, *_pair(exit_ports[0]), *_pair(POOL_ETC), first, first + timedelta(seconds=1205)
        ),
        logs.Translation(
            spare.ip, 50100, *_pair(exit_ports[1]), *_pair(POOL_BTC), second, second + timedelta(seconds=490)
        ),
    ]
    sessions += _translations(city.classroom(city.PRIMARY, 40), exit_ports[0].port, day, seed=14)
    rooms = [old, *city.classroom(city.PRIMARY, 40)]
    leases = [logs.Lease(device, day - timedelta(hours=3), timedelta(hours=30)) for device in rooms]
    # The same address goes from one device to the other in the middle of the second session.
    leases.append(logs.Lease(spare, day - timedelta(hours=3), change - (day - timedelta(hours=3))))
    leases.append(logs.Lease(teacher, change, timedelta(hours=12), ip=spare.ip))
    leases.append(
        logs.Lease(teacher, day - timedelta(hours=3), change - (day - timedelta(hours=3)) - timedelta(minutes=1))
    )
    queries = [logs.Query(teacher.ip, NAME_LOOKED_UP, day + timedelta(hours=4, minutes=m)) for m in (1, 2, 7)]
    queries += _background(city.classroom(city.PRIMARY, 40), day, seed=15)[1]
    switch = [old, spare, teacher, *city.classroom(city.PRIMARY, 12)]
    texts = {
        "donghu/nat-h3c.log": logs.h3c_nat(sessions, "DH-EXIT-01", city.NAT_OFFSET_S),
        "donghu/query.log": logs.bind_queries(queries, city.DISTRICT_RESOLVER),
        "shixiao/kea-leases4.csv": logs.kea_leases(leases, city.DHCP_OFFSET_S),
        "shixiao/SW-XX-01.txt": logs.switch_table("SW-XX-01", switch, first),
        "shixiao/资产台账.csv": logs.asset_ledger([*rooms, spare, teacher], day - timedelta(days=400)),
    }
    return [outside, *_texts(folder, texts)]


_SOURCES = """\
# Whose clock says what. Registered by the keepers of the devices; offset = device clock minus true time.

[[source]]
match = "donghu/nat-h3c.log"
zone = "Asia/Shanghai"
offset = "+192s"
tolerance = "2s"

[[source]]
match = "shixiao/kea-leases4.csv"
offset = "-45s"
tolerance = "2s"

[[source]]
match = "*"
zone = "Asia/Shanghai"
offset = "0s"
tolerance = "2s"
"""


def _script(jobs: int, shares: int, agent: str) -> Script:
    return Script(jobs=jobs, job_every_s=24, shares=shares, agent=agent, keepalive_s=60)


def _wire(device: city.Device) -> Wire:
    return Wire(client_mac=device.mac, vlan=device.vlan, retransmit=0.02, reorder=0.02)


def _lookup(device: city.Device, resolver: Endpoint, name: str, at: datetime, answer: str) -> Lookup:
    return Lookup(Endpoint(device.ip, 50500), resolver, name, at, (answer,), wire=Wire(client_mac=device.mac))


def _browsing(device: city.Device, at: datetime, host: str) -> Session:
    script = Script(jobs=3, job_every_s=2, host=host)
    return Session("tls-browser", Endpoint(device.ip, 52011), WEB, at, script, Wire(client_mac=device.mac), 21)


def _everyday(devices: list[city.Device], start: datetime, seed: int) -> list[Session | Lookup]:
    """What ordinary devices do: pages, telemetry, chat, and a wallet that talks JSON and is not a miner."""
    chance = Random(seed)  # noqa: S311 - invented traffic, repeatable on purpose
    sessions: list[Session | Lookup] = []
    for number, device in enumerate(devices):
        at = start + timedelta(seconds=chance.uniform(0, 1500))
        dialogue = ("tls-browser", "telemetry", "chat", "electrum", "geth-rpc")[number % 5]
        server = Endpoint(f"198.51.100.{200 + number % 40}", 443 if dialogue == "tls-browser" else 50001)
        script = Script(jobs=6, job_every_s=20, host=EVERYDAY[number % len(EVERYDAY)])
        sessions.append(
            Session(dialogue, Endpoint(device.ip, 53000 + number), server, at, script, _wire(device), seed + number)
        )
    return sessions


def _background(devices: list[city.Device], day: datetime, seed: int) -> tuple[list[logs.Flow], list[logs.Query]]:
    """An ordinary day's flows and lookups."""
    chance = Random(seed)  # noqa: S311 - invented traffic, repeatable on purpose
    flows, queries = [], []
    for device in devices:
        for _ in range(40):
            at = day + timedelta(seconds=chance.uniform(0, 72_000))
            number = chance.randrange(len(EVERYDAY))
            server = f"198.51.100.{210 + number}"
            queries.append(logs.Query(device.ip, EVERYDAY[number], at, (server,)))
            lasts, down = chance.expovariate(1 / 30), int(chance.lognormvariate(9, 1.5))
            port = chance.choice((443, 443, 80))
            flow = logs.Flow(device.ip, chance.randrange(32768, 60999), server, port, at, lasts, down // 6 + 300, down)
            flows.append(flow)
    return flows, queries


def _translations(devices: list[city.Device], shared_port: int, day: datetime, seed: int) -> list[logs.Translation]:
    """Ordinary sessions through the exit; the miner's public port served others before and after."""
    chance = Random(seed)  # noqa: S311 - invented traffic, repeatable on purpose
    made = []
    for number, device in enumerate(devices):
        for turn in range(25):
            at = day + timedelta(seconds=chance.uniform(0, 72_000))
            until = at + timedelta(seconds=chance.uniform(5, 400))
            port = 10_000 + (number * 25 + turn) * 13 % 30_000
            target = (f"198.51.100.{210 + turn % 6}", 443)
            made.append(logs.Translation(device.ip, 40_000 + turn, city.DISTRICT_EXIT, port, *target, at, until))
    # Three minutes before the mining session the same public port belonged to somebody innocent.
    before = day + timedelta(hours=5, minutes=9)
    innocent = devices[0].ip
    made.append(
        logs.Translation(
            *(innocent, 45_000, city.DISTRICT_EXIT, shared_port, "198.51.100.210", 443),
            *(before, before + timedelta(seconds=170)),
        )
    )
    return made


def _pair(endpoint: Endpoint) -> tuple[str, int]:
    return endpoint.ip, endpoint.port


def _made(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _texts(folder: Path, texts: dict[str, str]) -> Iterable[Path]:
    for name, text in texts.items():
        path = _made(folder, name)
        # The district's office software writes its ledgers in GB18030, as many still do.
        path.write_text(text, encoding="gb18030" if name.startswith("shixiao/资产") else "utf-8", newline="")
        yield path
