"""The dialogues that can be played, by name. Each makes both ends from a script and a seeded source of chance."""

from collections.abc import Mapping
from types import MappingProxyType

from minewarden.simulator.dialogues import bitcoin, cryptonote, gpu, harmless, http_work, tls
from minewarden.simulator.session import Maker

MINING: Mapping[str, Maker] = MappingProxyType(
    {
        "stratum-v1": bitcoin.stratum_v1,
        "nicehash-order": bitcoin.hash_order,
        "zcash": bitcoin.zcash,
        "autolykos": bitcoin.autolykos,
        "ethereumstratum-1": gpu.ethereum_stratum_1,
        "ethereumstratum-2": gpu.ethereum_stratum_2,
        "ethproxy": gpu.ethproxy,
        "kawpow": gpu.kawpow,
        "kaspa": gpu.kaspa,
        "cryptonote": cryptonote.cryptonote,
        "cryptonote-plain": cryptonote.cryptonote_plain,
        "coinhive": cryptonote.coinhive,
        "getwork": http_work.getwork,
        "getblocktemplate": http_work.getblocktemplate,
        "eth-getwork": http_work.eth_getwork,
        "monerod": http_work.monerod,
    }
)
ENCRYPTED_MINING: Mapping[str, Maker] = MappingProxyType({"tls-xmrig": tls.tls_xmrig})
HARMLESS: Mapping[str, Maker] = MappingProxyType(
    {
        "tls-browser": tls.tls_browser,
        "electrum": harmless.electrum,
        "geth-rpc": harmless.geth_rpc,
        "chat": harmless.chat,
        "telemetry": harmless.telemetry,
    }
)
DIALOGUES: Mapping[str, Maker] = MappingProxyType({**MINING, **ENCRYPTED_MINING, **HARMLESS})
