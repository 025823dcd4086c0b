"""Names under which strangers rent or are given names: such a parent says nothing about who is below it."""

from functools import cache

from publicsuffixlist import PublicSuffixList

# Dynamic DNS, shared hosting and sites with many owners that stand in mining lists as "parents" of listed hosts
# (intel.md §5) and are not in the public suffix list. A single host below them may be an indicator; they never are.
SHARED_ROOTS = frozenset(
    {
        "aliyuncs.com", "bitcoin.com", "chickenkiller.com", "crabdance.com", "dscloud.me", "duckdns.org",
        "dyndns.org", "googleusercontent.com", "ignorelist.com", "jumpingcrab.com", "mine.bz", "moneroworld.com",
        "mooo.com", "mysrv.cloud", "myftp.biz", "neocities.org", "no-ip.org", "qp.si", "rf.gd", "softether.net",
        "strangled.net", "thruhere.net", "twilightparadox.com", "us.to", "vpngate.net", "webhop.me", "webhop.net",
    }
)  # fmt: skip


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def is_shared(name: str) -> bool:
    """Whether nobody owns all names below: a public suffix (private section included) or a known shared root."""
    return "." not in name or name in SHARED_ROOTS or bool(_suffixes().is_public(name))
