"""Columns of texts that different logs spell differently, brought to one spelling."""

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.columns import names


def tls_version(texts: pa.Array) -> pa.Array:
    """`TLS 1.2`, `SSL 3.0`: from Zeek's TLSv12, SSLv3 and Suricata's TLSv1, TLS 1.2. Others stay themselves."""
    spaced = pc.replace_substring_regex(texts, r"^(TLS|SSL)[ v]*(\d)\.?(\d)$", r"\1 \2.\3")
    spaced = pc.replace_substring_regex(spaced, r"^(TLS|SSL)[ v]*(\d)$", r"\1 \2.0")
    return pc.if_else(pc.is_in(spaced, pa.array(["", "UNDETERMINED"])), None, spaced)


def without_port(hosts: pa.Array) -> pa.Array:
    """The names of HTTP Host headers without their ports, in the one spelling of names."""
    return names(pc.replace_substring_regex(hosts, r"^(\[[^\]]*\]|[^:]*):\d+$", r"\1"))
