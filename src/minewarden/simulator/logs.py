"""Logs as the real programs and devices write them, from plain facts. One function, one form."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from minewarden.simulator.city import Device

BEIJING = ZoneInfo("Asia/Shanghai")
LEDGER_HEADINGS = (
    *("资产编号", "资产名称", "资产类别", "内网IP", "MAC", "主机名", "接入端口", "上网账号"),
    *("部署位置", "管理部门", "责任人", "单位", "启用日期"),
)


@dataclass(frozen=True, slots=True)
class Lease:
    """An address given to a device, in true time."""

    device: Device
    start: datetime
    lasts: timedelta
    ip: str = ""
    """Another address than the device's own, where the story wants it."""


@dataclass(frozen=True, slots=True)
class Translation:
    """One session through a NAT device, in true time."""

    inside: str
    inside_port: int
    outside: str
    outside_port: int
    dst: str
    dst_port: int
    start: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Flow:
    """One connection as a flow sensor sees it."""

    src: str
    src_port: int
    dst: str
    dst_port: int
    start: datetime
    lasts_s: float
    bytes_up: int
    bytes_down: int
    service: str = "-"


@dataclass(frozen=True, slots=True)
class Query:
    """One DNS question with its answers."""

    src: str
    name: str
    at: datetime
    answers: tuple[str, ...] = ()


def kea_leases(leases: Sequence[Lease], offset_s: int = 0) -> str:
    """Kea's memfile of DHCPv4 leases; its times are Unix seconds of the server's clock."""
    out = io.StringIO()
    out.write(
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
    )
    for lease in sorted(leases, key=lambda item: item.start):
        seconds = int(lease.lasts.total_seconds())
        expire = int(lease.start.timestamp()) + offset_s + seconds
        device = lease.device
        out.write(f"{lease.ip or device.ip},{device.mac},,{seconds},{expire},1,0,0,{device.hostname.lower()},0,\n")
    return out.getvalue()


def isc_leases(leases: Sequence[Lease]) -> str:
    """ISC dhcpd's lease file: UTC, the weekday's number first."""
    out = io.StringIO()
    out.write("# The format of this file is documented in the dhcpd.leases(5) manual page.\n")
    out.write("authoring-byte-order little-endian;\n\n")
    for lease in sorted(leases, key=lambda item: item.start):
        ends = lease.start + lease.lasts
        out.write(f"lease {lease.ip or lease.device.ip} {{\n")
        for word, instant in (("starts", lease.start), ("ends", ends), ("cltt", lease.start)):
            out.write(f"  {word} {instant.isoweekday() % 7} {instant:%Y/%m/%d %H:%M:%S};\n")
        out.write("  binding state active;\n  next binding state free;\n")
        out.write(f'  hardware ethernet {lease.device.mac};\n  client-hostname "{lease.device.hostname}";\n}}\n')
    return out.getvalue()


def radius_detail(device: Device, start: datetime, stop: datetime, nas: str, session: str) -> str:
    """FreeRADIUS's accounting detail of one login: a start and a stop record, local times in the heads."""
    records = []
    for kind, at, seconds in (("Start", start, 0), ("Stop", stop, int((stop - start).total_seconds()))):
        local = at.astimezone(BEIJING)
        lines = [
            f'User-Name = "{device.login}"',
            f"Acct-Status-Type = {kind}",
            f"NAS-IP-Address = {nas}",
            f'NAS-Port-Id = "{device.switch} {device.port}"',
            f"Framed-IP-Address = {device.ip}",
            f'Calling-Station-Id = "{device.mac.upper().replace(":", "-")}"',
            f'Acct-Session-Id = "{session}"',
            f"Acct-Session-Time = {seconds}",
            f'Event-Timestamp = "{local:%b %d %Y %H:%M:%S} CST"',
            f"Timestamp = {int(at.timestamp())}",
        ]
        records.append(
            f"{local:%a %b} {local.day:2d} {local:%H:%M:%S %Y}\n" + "".join(f"\t{line}\n" for line in lines) + "\n"
        )
    return "".join(records)


def h3c_nat(sessions: Iterable[Translation], host: str, offset_s: int = 0) -> str:
    """H3C Comware 7 flow logs of NAT sessions by syslog: one line when a session begins, one when it ends."""
    lines = []
    for session in sessions:
        for event, at in (("(8)Session created", session.start), ("(1)Normal over", session.until)):
            stamp = (at + timedelta(seconds=offset_s)).astimezone(BEIJING)
            begin = (session.start + timedelta(seconds=offset_s)).astimezone(BEIJING)
            end = f"{stamp:%m%d%Y%H%M%S}" if event.startswith("(1)") else ""
            fields = (
                f"Protocol(1001)=TCP;Application(1002)=other;SrcIPAddr(1003)={session.inside};"
                f"SrcPort(1004)={session.inside_port};NatSrcIPAddr(1005)={session.outside};"
                f"NatSrcPort(1006)={session.outside_port};DstIPAddr(1007)={session.dst};DstPort(1008)={session.dst_port};"
                f"NatDstIPAddr(1009)={session.dst};NatDstPort(1010)={session.dst_port};InitPktCount(1044)=0;"
                f"InitByteCount(1046)=0;RplyPktCount(1045)=0;RplyByteCount(1047)=0;RcvVPNInstance(1042)=;"
                f"SndVPNInstance(1043)=;BeginTime_e(1013)={begin:%m%d%Y%H%M%S};EndTime_e(1014)={end};Event(1048)={event};"
            )
            lines.append(
                (stamp, f"<134>{stamp:%b} {stamp.day:2d} {stamp:%H:%M:%S %Y} {host} %%10NAT/6/NAT_FLOW: {fields}")
            )
    return "".join(line + "\n" for _, line in sorted(lines, key=lambda item: item[0]))


def switch_table(switch: str, devices: Iterable[Device], at: datetime) -> str:
    """What `display clock` and `display mac-address` of an H3C switch print."""
    local = at.astimezone(BEIJING)
    lines = [
        f"<{switch}>display clock",
        f"{local:%H:%M:%S.000} Beijing {local:%a %m/%d/%Y}",
        "Time Zone : Beijing add 08:00:00",
    ]
    lines += [
        f"<{switch}>display mac-address",
        "MAC Address      VLAN ID    State            Port/Nickname            Aging",
    ]
    for device in sorted(devices, key=lambda item: item.mac):
        digits = device.mac.replace(":", "")
        mac = "-".join(digits[i : i + 4] for i in (0, 4, 8))
        lines.append(f"{mac}   {device.vlan:<10} Learned          {device.port:<24} Y")
    return "\n".join([*lines, f"<{switch}>"]) + "\n"


def bind_queries(queries: Iterable[Query], resolver: str) -> str:
    """BIND's query log, in the server's local time without a zone."""
    lines = []
    for number, query in enumerate(sorted(queries, key=lambda item: item.at)):
        local = query.at.astimezone(BEIJING)
        client = f"client @0x7f{number:010x} {query.src}#{40000 + number % 20000} ({query.name})"
        stamp = f"{local:%d-%b-%Y %H:%M:%S}.{local.microsecond // 1000:03d}"
        lines.append(f"{stamp} queries: info: {client}: query: {query.name} IN A +E(0)K ({resolver})")
    return "".join(line + "\n" for line in lines)


def zeek(path: str, names: Sequence[str], kinds: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A log of Zeek in its own tab-separated form."""
    head = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", f"#path\t{path}"]
    head += ["#fields\t" + "\t".join(names), "#types\t" + "\t".join(kinds)]
    return "".join(line + "\n" for line in [*head, *("\t".join(map(str, row)) for row in rows)])


def zeek_conn(flows: Iterable[Flow]) -> str:
    """Zeek's conn.log."""
    names = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state"
    names += (
        " local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
    )
    kinds = "time string addr port addr port enum string interval count count string bool bool count string count count"
    kinds += " count count set[string]"
    rows = []
    for number, flow in enumerate(sorted(flows, key=lambda item: item.start)):
        up, down = max(4, flow.bytes_up // 200), max(4, flow.bytes_down // 300)
        ends = (flow.src, flow.src_port, flow.dst, flow.dst_port, "tcp", flow.service)
        sizes = (f"{flow.lasts_s:.6f}", flow.bytes_up, flow.bytes_down, "SF", "T", "F", 0, "ShADadFf")
        packets = (up, flow.bytes_up + 40 * up, down, flow.bytes_down + 40 * down, "-")
        rows.append((f"{flow.start.timestamp():.6f}", f"C{number:07d}", *ends, *sizes, *packets))
    return zeek("conn", names.split(), kinds.split(), rows)


def zeek_dns(queries: Iterable[Query], resolver: str) -> str:
    """Zeek's dns.log."""
    names = (
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name"
    )
    names += " rcode rcode_name AA TC RD RA Z answers TTLs rejected"
    kinds = (
        "time string addr port addr port enum count interval string count string count string count string bool bool"
    )
    kinds += " bool bool count vector[string] vector[interval] bool"
    rows = []
    for number, query in enumerate(sorted(queries, key=lambda item: item.at)):
        answers = ",".join(query.answers) or "-"
        ttls = ",".join("300.000000" for _ in query.answers) or "-"
        ends = (query.src, 40000 + number % 20000, resolver, 53, "udp", number % 65536, "0.010000")
        asked = (query.name, 1, "C_INTERNET", 1, "A", 0, "NOERROR", "F", "F", "T", "T", 0, answers, ttls, "F")
        rows.append((f"{query.at.timestamp():.6f}", f"D{number:07d}", *ends, *asked))
    return zeek("dns", names.split(), kinds.split(), rows)


def zeek_ssl(flows: Iterable[tuple[Flow, str]]) -> str:
    """Zeek's ssl.log; a name of "" means that none was sent."""
    names = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version cipher curve server_name resumed last_alert"
    names += " next_protocol established ssl_history"
    kinds = "time string addr port addr port string string string string bool string string bool string"
    rows = []
    for number, (flow, name) in enumerate(sorted(flows, key=lambda item: item[0].start)):
        ends = (flow.src, flow.src_port, flow.dst, flow.dst_port, "TLSv13", "TLS_AES_256_GCM_SHA384", "x25519")
        told = (name or "-", "F", "-", "h2" if name else "-", "T", "CsiI")
        rows.append((f"{flow.start.timestamp():.6f}", f"S{number:07d}", *ends, *told))
    return zeek("ssl", names.split(), kinds.split(), rows)


def asset_ledger(devices: Iterable[Device], since: datetime) -> str:
    """The unit's ledger as its people keep it: a CSV with the official headings."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(LEDGER_HEADINGS)
    for device in devices:
        if device.asset:
            port = f"{device.switch} {device.port}"
            known = (
                device.asset,
                device.name,
                device.kind,
                device.ip,
                device.mac.upper().replace(":", "-"),
                device.hostname,
            )
            people = (port, device.login, device.place, device.department, device.person, device.unit)
            writer.writerow([*known, *people, f"{since.astimezone(BEIJING):%Y-%m-%d}"])
    return out.getvalue()
