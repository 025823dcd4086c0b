"""Records of every kind for tests of exports."""

from dataclasses import replace

from minewarden.intel.exports.exported import Occasion
from minewarden.intel.record import Type
from minewarden.vocab.indicator import Role
from tests.intel.lists import NOW, record, voice

OCCASION = Occasion(NOW, "云川市教育局", "2026.1")
RECORDS = (
    record("xmr.example.net", ports=(3333,), coins=("XMR",), operator="示例 'Pool'"),
    record("pool.example", Type.DOMAIN),
    record("pool.example", Type.HOST, Role.POOL_WEBSITE),
    record("mine.example", Type.DOMAIN),
    record("203.0.113.9", Type.IP),
    record("2001:db8::9", Type.IP),
    record("198.51.100.0/24", Type.CIDR),
    record("203.0.113.9:3333", Type.IP_PORT),
    record("[2001:db8::9]:3333", Type.IP_PORT),
    record("a.example:3333", Type.HOST_PORT),
    record("http://a.example/m.js", Type.URL, Role.JS_MINER),
    record("ab" * 32, Type.SHA256, Role.MALWARE_C2),
    record("cd" * 32, Type.CERT_SHA256),
    record("xmrig", Type.PROCESS_NAME),
    record("XMRig/6", Type.USER_AGENT),
    record("ab" * 16, Type.JA3),
    record("over.example", valid_until=NOW),
    replace(record("gone.example"), revoked=NOW, voices=(voice("et"),)),
)
