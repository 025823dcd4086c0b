"""Commands for H3C devices (Comware 7), for hand entry. Source: Comware command reference, advanced ACLs."""

from minewarden.enforce.acl import AccessListCompiler, Dialect, vrp_entry


class H3cCompiler(AccessListCompiler):
    """Access lists of Comware."""

    form = "h3c"
    dialect = Dialect(
        comment="#",
        enter=("system-view",),
        leave=("quit", "return"),
        head={4: "acl advanced name minewarden", 6: "acl ipv6 advanced name minewarden6"},
        entry=vrp_entry,
        remark=lambda number, said: f" rule {number} comment {said}",
        remark_first=False,
        rest=lambda number, version: f" rule {number} permit {'ip' if version == 4 else 'ipv6'}",
        undo=("undo acl advanced name minewarden", "undo acl ipv6 advanced name minewarden6"),
    )
