"""Datasets for Suricata 6 and later, with the rules that ask them: exact names and addresses, however many.

Source: the Suricata user guide, Datasets. A dataset compares exactly; a domain with everything below it needs a rule of
its own, which `--to suricata` writes, and is left out here but for its own name.
"""

from base64 import b64encode
from collections.abc import Sequence

from minewarden.intel.exports.exported import Exported, Occasion, exact_names, hits
from minewarden.intel.record import Record, Type

_NAMES, _ADDRESSES = "minewarden-names.lst", "minewarden-ips.lst"
_LIMIT = "threshold:type limit, track by_both, count 1, seconds 60;"
_FIRST_SID = 1_000_900
"""Between the protocol rules and those that stand for one indicator each."""


def suricata_dataset(records: Sequence[Record], occasion: Occasion) -> Exported:
    """`minewarden-names.lst`, `minewarden-ips.lst` and `minewarden-datasets.rules`."""
    named = exact_names(records, occasion.at)
    addressed = [r for r in records if r.type is Type.IP and hits(r) and not r.over(occasion.at)]
    names, addresses = sorted({r.value for r in named}), sorted({r.value for r in addressed})
    rules = [f"# minewarden {occasion.label}"]
    buffers = [
        ("dns", "dns.query; to_lowercase"),
        ("tls", "tls.sni; to_lowercase"),
        ("http", "http.host; to_lowercase"),
    ]
    asked = [
        (kind, f"{buffer}; dataset:isset,minewarden-names,type string,load {_NAMES};")
        for kind, buffer in buffers
        if names
    ]
    asked += [("ip", f"ip.dst; dataset:isset,minewarden-ips,type ip,load {_ADDRESSES};")] if addresses else []
    rules += [
        f'alert {kind} any any -> any any (msg:"minewarden: listed {kind}"; {match} '
        f"{_LIMIT} classtype:coin-mining; sid:{_FIRST_SID + number}; rev:1;)"
        for number, (kind, match) in enumerate(asked)
    ]
    files = {
        _NAMES: "".join(f"{b64encode(name.encode()).decode()}\n" for name in names),
        _ADDRESSES: "".join(f"{address}\n" for address in addresses),
        "minewarden-datasets.rules": "\n".join(rules) + "\n",
    }
    out = {record.id for record in (*named, *addressed)}
    encoded = {name: text.encode() for name, text in files.items()}
    return Exported(encoded, tuple(record for record in records if record.id not in out))
