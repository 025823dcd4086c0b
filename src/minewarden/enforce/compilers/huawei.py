"""Commands for Huawei devices (VRP), for hand entry. Source: VRP command reference, advanced ACLs."""

from minewarden.enforce.acl import AccessListCompiler, Dialect, vrp_entry


class HuaweiCompiler(AccessListCompiler):
    """Access lists of VRP."""

    form = "huawei"
    dialect = Dialect(
        comment="#",
        enter=("system-view",),
        leave=("quit", "return"),
        head={4: "acl name minewarden advance", 6: "acl ipv6 name minewarden6 advance"},
        entry=vrp_entry,
        remark=lambda number, said: f" rule {number} description {said}",
        remark_first=False,
        rest=lambda number, version: f" rule {number} permit {'ip' if version == 4 else 'ipv6'}",
        undo=("undo acl name minewarden", "undo acl ipv6 name minewarden6"),
    )
