"""The names of the protocols: a stable slug for machines and the word that people use. The more special stands first.

What a stream is called when texts of several dialects occur in it: the first of this order that any text claims, since
the special dialects share most of their texts with the general ones.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "nicehash-order": "NiceHash Order (Stratum)",
        "kaspa": "Kaspa Stratum",
        "kawpow": "KawPow Stratum",
        "zcash": "Zcash Stratum (ZIP 301)",
        "autolykos": "Ergo Autolykos Stratum",
        "ethereumstratum-2": "EthereumStratum/2.0.0",
        "ethereumstratum-1": "EthereumStratum/1.0.0",
        "stratum-v1": "Stratum V1",
        "eth-getwork": "eth_getWork (HTTP)",
        "ethproxy": "EthProxy",
        "monerod": "monerod get_block_template",
        "getblocktemplate": "getblocktemplate (BIP 22)",
        "getwork": "getwork",
        "coinhive": "Coinhive WebSocket",
        "cryptonote": "CryptoNote Stratum (XMRig)",
    }
)
FETCHED = frozenset({"monerod", "getblocktemplate", "getwork", "eth-getwork"})
"""Those in which the client fetches work from a node; tools that merely watch a node may do so too."""
_ORDER = {slug: place for place, slug in enumerate(WORDS)}


def most_special(claims: Iterable[str]) -> str:
    """The protocol of a stream from what its texts claim; with no claim at all it is the general `mining.*` dialect."""
    return min((claim for claim in claims if claim), key=_ORDER.__getitem__, default="stratum-v1")
