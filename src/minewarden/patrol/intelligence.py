"""What stands between strangers' lists and the library: the allow list, the unit's own, and what many people share."""

import ipaddress

from minewarden.enforce.shared import shared
from minewarden.intel.gate import Gate
from minewarden.intel.library import Library
from minewarden.vocab.blockrule import Site


def gate(library: Library, site: Site | None = None) -> Gate:
    """The gate of a unit. `site` is what the unit owns and protects; content networks, public resolvers and shared
    names are those of the guard that stands before every block."""
    site = site or Site()
    facts = shared()
    networks = [(block, label) for group in (facts.content, facts.resolvers) for block, label in group]
    networks += [(network, str(network)) for network in (*site.own, *site.protected)]
    networks += [(ipaddress.ip_network(address), address) for address in site.resolvers]
    return Gate(library.allow(), networks, {name: name for name in site.protected_names}, facts.names)
