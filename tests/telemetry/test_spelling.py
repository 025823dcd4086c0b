"""One spelling for what logs spell differently."""

import pyarrow as pa

from minewarden.telemetry.spelling import tls_version, without_port


def test_tls_versions() -> None:
    texts = ["TLSv12", "TLSv13", "TLSv1", "TLS 1.2", "SSLv3", "TLSv10", "DTLSv12", "UNDETERMINED", None]
    assert tls_version(pa.array(texts)).to_pylist() == [
        "TLS 1.2", "TLS 1.3", "TLS 1.0", "TLS 1.2", "SSL 3.0", "TLS 1.0", "DTLSv12", None, None,
    ]  # fmt: skip


def test_hosts_without_their_ports() -> None:
    texts = ["Node.example:8332", "node.example", "[2001:db8::1]:80", "192.0.2.1:3333", None]
    assert without_port(pa.array(texts)).to_pylist() == [
        "node.example", "node.example", "[2001:db8::1]", "192.0.2.1", None,
    ]  # fmt: skip
