"""One plain table per room for our own plugins, imported on first use. A stranger's plugin is loaded only when a person
names it in `[plugins] allow`; this program runs where it can cut people off."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any


class Registry:
    """Names -> `module:attribute`. Values are strings, so that listing a room does not import it."""

    def __init__(self, room: str, builtin: Mapping[str, str]) -> None:
        self.room = room
        self._places = dict(builtin)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def load(self, name: str) -> Any:
        """Import one plugin. Raises KeyError for an unknown name."""
        module, _, attribute = self._places[name].partition(":")
        return getattr(import_module(module), attribute)

    def load_all(self) -> dict[str, Any]:
        """Import every plugin of the room, in the order of the table."""
        return {name: self.load(name) for name in self._places}


READERS = Registry(
    "readers",
    {
        # The order is the order of asking: stricter forms first, generic CSV last.
        "pcap": "minewarden.telemetry.readers.pcap:PcapReader",
        "zeek": "minewarden.telemetry.readers.zeek:ZeekReader",
        "suricata_eve": "minewarden.telemetry.readers.suricata_eve:EveReader",
        "isc_leases": "minewarden.telemetry.readers.dhcp:IscLeaseReader",
        "windows_dhcp": "minewarden.telemetry.readers.dhcp_windows:WindowsDhcpReader",
        "kea_leases": "minewarden.telemetry.readers.dhcp:KeaLeaseReader",
        "radius_detail": "minewarden.telemetry.readers.radius:RadiusDetailReader",
        "conntrack": "minewarden.telemetry.readers.nat:ConntrackReader",
        "h3c_nat": "minewarden.telemetry.readers.nat:H3cNatReader",
        "huawei_nat": "minewarden.telemetry.readers.nat:HuaweiNatReader",
        "sangfor_nat": "minewarden.telemetry.readers.nat:SangforNatReader",
        "bind_query": "minewarden.telemetry.readers.dns_query:BindQueryReader",
        "dnsmasq_query": "minewarden.telemetry.readers.dns_query:DnsmasqQueryReader",
        "unbound_query": "minewarden.telemetry.readers.dns_query:UnboundQueryReader",
        "switch_mac": "minewarden.telemetry.readers.switch_fdb:SwitchMacReader",
        "switch_csv": "minewarden.telemetry.readers.switch_csv:SwitchCsvReader",
        "nfdump_csv": "minewarden.telemetry.readers.netflow:NfdumpCsvReader",
        "nfdump_json": "minewarden.telemetry.readers.netflow:NfdumpJsonReader",
        "nat_csv": "minewarden.telemetry.readers.nat:NatCsvReader",
        "nat_export": "minewarden.telemetry.readers.nat_export:NatExportReader",
        "portal_csv": "minewarden.telemetry.readers.portal:PortalCsvReader",
        "first_lengths": "minewarden.telemetry.readers.first_lengths:FirstLengthsReader",
        "block_csv": "minewarden.telemetry.readers.block_csv:BlockCsvReader",
        "node_log": "minewarden.telemetry.readers.node_log:NodeLogReader",
        "asset_csv": "minewarden.telemetry.readers.assets:AssetCsvReader",
    },
)

DETECTORS = Registry(
    "detectors",
    {
        "stratum": "minewarden.detect.detectors.stratum:StratumDetector",
        "known_pool": "minewarden.detect.detectors.known_pool:KnownPoolDetector",
        "ids_alert": "minewarden.detect.detectors.ids_alert:IdsAlertDetector",
        "sv2": "minewarden.detect.detectors.sv2:Sv2Detector",
        "tls_shape": "minewarden.detect.detectors.tls_shape:TlsShapeDetector",
        "push_flow": "minewarden.detect.detectors.push_flow:PushFlowDetector",
        "flow_only": "minewarden.detect.detectors.flow_only:FlowOnlyDetector",
        "block_clock": "minewarden.detect.detectors.block_clock:BlockClockDetector",
        "same_clock": "minewarden.detect.detectors.same_clock:SameClockDetector",
        "internal_proxy": "minewarden.detect.detectors.internal_proxy:InternalProxyDetector",
    },
)

HOPS = Registry(
    "hops",
    {
        "nat": "minewarden.trace.hops.nat:NatHop",
        "dns": "minewarden.trace.hops.lookup:LookupHop",
        "lease": "minewarden.trace.hops.lease:LeaseHop",
        "arp": "minewarden.trace.hops.arp:ArpHop",
        "login": "minewarden.trace.hops.login:LoginHop",
        "switch_port": "minewarden.trace.hops.switch_port:SwitchPortHop",
    },
)

COMPILERS = Registry(
    "compilers",
    {
        "rpz": "minewarden.enforce.compilers.rpz:RpzCompiler",
        "nftables": "minewarden.enforce.compilers.nftables:NftablesCompiler",
        "suricata": "minewarden.enforce.compilers.suricata:SuricataCompiler",
        "edl": "minewarden.enforce.compilers.edl:EdlCompiler",
        "suricata-datasets": "minewarden.enforce.compilers.suricata_datasets:SuricataDatasetsCompiler",
        "dnsmasq": "minewarden.enforce.compilers.dnsmasq:DnsmasqCompiler",
        "hosts": "minewarden.enforce.compilers.hosts:HostsCompiler",
        "squid": "minewarden.enforce.compilers.squid:SquidCompiler",
        "zeek": "minewarden.enforce.compilers.zeek:ZeekCompiler",
        "huawei": "minewarden.enforce.compilers.huawei:HuaweiCompiler",
        "h3c": "minewarden.enforce.compilers.h3c:H3cCompiler",
        "ruijie": "minewarden.enforce.compilers.ruijie:RuijieCompiler",
        "radius": "minewarden.enforce.compilers.radius:RadiusCompiler",
    },
)

CHANNELS = Registry(
    "channels",
    {
        "wecom": "minewarden.channels.wecom:WeCom",
        "dingtalk": "minewarden.channels.dingtalk:DingTalk",
        "feishu": "minewarden.channels.feishu:Feishu",
        "sms": "minewarden.channels.sms:Sms",
        "smtp": "minewarden.channels.smtp:Smtp",
        "webhook": "minewarden.channels.webhook:Webhook",
        "other": "minewarden.channels.other:Other",
    },
)
