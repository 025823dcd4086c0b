"""Protocols by the names that people use: a case keeps the slug of the detector."""

from minewarden.detect.stratum.protocols import WORDS


def protocol_name(slug: object) -> str:
    """CryptoNote Stratum (XMRig), for `cryptonote`; what a notice called it stays as it is."""
    return WORDS.get(str(slug or ""), str(slug or ""))
