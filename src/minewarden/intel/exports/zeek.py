"""A file for Zeek's intelligence framework. It compares names exactly and knows no ports; what is narrower is left out.

Source: the Zeek manual, Intelligence Framework. Zeek keeps an item for as long as it was told globally, so that the
file has to be written anew as records end; what is over at the time of the export does not stand in it.
"""

from collections.abc import Sequence

from minewarden.intel.exports.exported import Exported, Occasion, exact_names, hits, said
from minewarden.intel.record import Record, Type

_TYPES = {
    Type.HOST: "Intel::DOMAIN",
    Type.DOMAIN: "Intel::DOMAIN",
    Type.IP: "Intel::ADDR",
    Type.CIDR: "Intel::SUBNET",
    Type.URL: "Intel::URL",
    Type.SHA256: "Intel::FILE_HASH",
    Type.USER_AGENT: "Intel::SOFTWARE",
}


def zeek(records: Sequence[Record], occasion: Occasion) -> Exported:
    """`minewarden.intel`. An address with a port is left out: without the port it would hit whoever shares it."""
    others = [r for r in records if r.type in _TYPES and r.type not in (Type.HOST, Type.DOMAIN)]
    taken = [*exact_names(records, occasion.at), *(r for r in others if hits(r) and not r.over(occasion.at))]
    lines = ["#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc"]
    for record in sorted(taken, key=lambda one: (one.type.value, one.value)):
        value = record.value.partition("://")[2] if record.type is Type.URL else record.value
        lines.append(f"{value}\t{_TYPES[record.type]}\tminewarden-{occasion.label}\t{said(record) or '-'}")
    out = {record.id for record in taken}
    text = "\n".join(lines) + "\n"
    return Exported({"minewarden.intel": text.encode()}, tuple(r for r in records if r.id not in out))
