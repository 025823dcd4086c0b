"""What miners are called and how they are told what to do. Names and flags are facts of public programs.

Sources: the programs' own manuals (xmrig, cpuminer, ccminer, ethminer, lolMiner, SRBMiner, T-Rex, nbminer); names as
Falco, Sigma and Elastic list them. Pools come from the catalogue when the file is built (`facts.json` beside it).
"""

from __future__ import annotations

import json
import pkgutil
import re

MINERS = frozenset(
    """xmrig xmrig-notls xmrigdaemon xmrigminer xmrig-cuda xmrig-mo xmr-stak xmr-stak-cpu xmr-stak-rx minerd cpuminer
    ccminer ethminer cgminer bfgminer sgminer ethdcrminer64 phoenixminer nbminer gminer lolminer teamredminer nanominer
    bminer wildrig wildrig-multi srbminer srbminer-multi bzminer onezerominer miniz nicehashminer nicehashquickminer
    app_nhm excavator minergate minergate-cli cudominer tnn-miner astrominer deroluna spectre-miner hellminer qli-client
    qli-runner iqiminer xmrigcc rhminer trex t-rex rigel""".split()
)
"""In lower case, without `.exe`."""

WEAK_NAMES = frozenset({"t-rex", "trex", "rigel", "miniz", "gminer", "excavator", "app_nhm", "bfgminer", "cgminer"})
"""Names that others have too, or that machines have which mine by right; they count beside another sign only."""

PREFIXES = ("cpuminer-", "xmrig-", "ccminer-", "xmr-stak-")

OTHERS = frozenset(
    """grep egrep fgrep rg ag ack sed awk gawk mawk less more cat tail head vi vim nvim nano emacs code code-server
    pycharm idea clion gedit kate sublime_text find locate git man tee xargs diff curl wget ssh scp rsync gcc g++ cc1
    cc1plus clang clang++ ld make cmake ninja rustc cargo go javac tshark tcpdump suricata zeek snort falco clamscan
    yara strings file""".split()
)
"""Programs whose arguments may name a miner without being one."""

SCHEME = re.compile(
    r"(?i)\b(?:stratum[12]?|ethproxy|ethstratum|nicehash|daemon)(?:\+(?:tcp|ssl|tls|udp|ws|wss))*://\S+"
)
FLAGS = frozenset(
    """--donate-level --donate-over-proxy --nicehash --rig-id --randomx-mode --randomx-1gb-pages --randomx-no-numa
    --randomx-wrmsr --cpu-max-threads-hint --no-huge-pages --huge-pages-jit --algo-perf --asm-opt --cuda-loader
    --opencl-loader --retry-pause --daemon-poll-interval --self-select --dag-load-mode --farm-recheck --cuda-streams
    --ethstratum --lhr-tune --api-bind-http --mport --worker-name""".split()
)
ALGORITHMS = re.compile(
    r"(?i)^(?:rx/\w+|randomx|randomarq|cn/\w+|cn-lite/\w+|cn-heavy/\w+|cn-pico(?:/\w+)?|argon2/\w+|ghostrider|gr|kawpow"
    r"|ethash|etchash|progpow\w*|autolykos2?|equihash\S*|cuckatoo\d+|cuckaroo\w*|verushash|verus|x16r\w*|x11|scrypt(?::\d+)?"
    r"|yespower\w*|yescrypt\w*|astrobwt\S*|kheavyhash|karlsenhash\w*|octopus|nexapow|blake3\w*|sha256d|lyra2\w*|flex)$"
)
OPTIONS = {
    "url": frozenset({"-o", "--url", "-P", "--pool", "--server", "--epool", "-epool", "--proxy"}),
    "user": frozenset({"-u", "--user", "--wal", "--wallet", "-ewal", "--username"}),
    "algorithm": frozenset({"-a", "--algo", "--coin"}),
}
ENDPOINT = re.compile(
    r"(?i)^(?:[a-z0-9+]+://)?(?:[^@\s/]+@)?([a-z0-9.-]+\.[a-z0-9-]+|\d{1,3}(?:\.\d{1,3}){3}):(\d{2,5})/?$"
)

MONERO = re.compile(r"^[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?:[1-9A-HJ-NP-Za-km-z]{11})?(?:[.+/]\S*)?$")
OTHER_WALLET = re.compile(
    r"^(?:(?:bc1|ltc1)[02-9ac-hj-np-z]{25,90}|[13DLRXt][1-9A-HJ-NP-Za-km-z]{25,40}|0x[0-9a-fA-F]{40}"
    r"|(?:kaspa|bitcoincash|ecash|nexa):[0-9a-z]{30,120}|9[1-9A-HJ-NP-Za-km-z]{50})(?:[.+/]\S*)?$"
)

STARTS = re.compile(
    r"(?i)(?:curl|wget|fetch)\b[^|;\n]{0,300}\|\s*(?:sudo\s+)?(?:ba|da|z|k)?sh\b|base64\s+(?:-d|--decode)[^|;\n]{0,200}\|\s*"
    r"(?:ba|da)?sh\b|(?:^|[\s;&|\"'=])(?:/dev/shm|/tmp|/var/tmp)/\.?[\w.-]+"
)
"""What a scheduled task of malware looks like: a download piped into a shell, or a program in a folder for scraps."""

RIVALS = re.compile(
    r"(?i)\b(?:pkill|killall|pgrep|kill)\b[^\n;]{0,120}\b(?:xmrig|kdevtmpfsi|kinsing|minerd|cryptonight)\b"
)


def _load() -> dict[str, list[str]]:
    try:
        data = pkgutil.get_data(__package__ or "", "facts.json")
    except (OSError, ValueError):
        data = None
    return json.loads(data) if data else {}


def pools(given: dict[str, list[str]] | None = None) -> tuple[frozenset[str], tuple[str, ...]]:
    """Exact hosts and domains (with what is below them) of pools."""
    facts = given if given is not None else _load()
    return frozenset(facts.get("hosts", ())), tuple(facts.get("domains", ()))


def is_pool(host: str, known: tuple[frozenset[str], tuple[str, ...]]) -> bool:
    """Whether a name is a pool's, or below a pool's domain."""
    host = host.lower().rstrip(".")
    hosts, domains = known
    return host in hosts or any(host == domain or host.endswith("." + domain) for domain in domains)


def is_wallet(text: str) -> bool:
    """Whether a login has the form of a wallet. Form only: a checksum is not asked for."""
    return bool(MONERO.match(text) or OTHER_WALLET.match(text))
