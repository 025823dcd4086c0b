"""Every reader says of itself whether its logs grow, and a file is known again by what was read of it."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.patrol.watch_state import PRINT_BYTES, Followed, growing
from minewarden.plugins import READERS


@pytest.mark.parametrize("name", sorted(READERS))
def test_no_reader_leaves_open_whether_its_logs_grow(name: str) -> None:
    kind = READERS.load(name)
    assert isinstance(vars(kind).get("grows"), bool), f"{kind.__name__} must say `grows = True` or `grows = False`"
    assert (name in growing()) is kind.grows
    assert Followed(1, "x", name, 0, 0).grows is kind.grows


def test_logs_grow_and_ledgers_and_captures_do_not() -> None:
    assert {"zeek", "suricata_eve", "bind_query", "radius_detail", "windows_dhcp"} <= growing()
    assert not growing() & {"pcap", "asset_csv", "switch_mac", "isc_leases", "portal_csv"}


@given(st.binary(min_size=1, max_size=3 * PRINT_BYTES), st.data())
def test_a_file_is_continued_by_itself_and_by_no_other(content: bytes, data: st.DataObject) -> None:
    offset = data.draw(st.integers(1, len(content)))
    state = Followed(1, "x", "zeek", 0, 0, offset=offset)
    state.note_prints(content[:PRINT_BYTES], content[max(0, offset - PRINT_BYTES) : offset])
    assert state.continues(io.BytesIO(content)) is True
    place = data.draw(st.integers(0, min(offset, PRINT_BYTES) - 1))
    other = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    assert state.continues(io.BytesIO(other)) is False
