"""A set of ranges answers as a slow look at each of them would."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from minewarden.enforce.ranges import Ranges

_V4 = st.builds(lambda a, n: ipaddress.ip_network((a << 24, n), strict=False), st.integers(0, 15), st.integers(4, 12))
_V6 = st.builds(lambda a, n: ipaddress.ip_network((a << 120, n), strict=False), st.integers(0, 15), st.integers(4, 12))


@given(st.lists(_V4 | _V6, max_size=12), _V4 | _V6)
def test_touching(blocks: list[ipaddress.IPv4Network | ipaddress.IPv6Network], asked: ipaddress.IPv4Network) -> None:
    hit = Ranges((block, str(block)) for block in blocks).touching(asked)
    slow = [block for block in blocks if block.version == asked.version and block.overlaps(asked)]
    assert (hit is not None) == bool(slow)
    if hit is not None:
        assert hit[0] in slow
        assert hit[1] == str(hit[0])
