"""How sayings travel: whatever is put together is taken apart again, however the bytes arrive."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.simulator.framing import HttpAnswers, HttpRequests, Lines, Raw, WebSocket, websocket_opening
from minewarden.simulator.session import Framing

SAYINGS = st.lists(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=40) | st.lists(st.booleans()), max_size=4),
    max_size=4,
)


@pytest.mark.parametrize("form", ["lines", "spaced", "requests"])
@given(sayings=SAYINGS, cut=st.integers(0, 400))
def test_what_is_whole_comes_out_and_the_rest_waits(form: str, sayings: list[object], cut: int) -> None:
    def made() -> Framing:
        if form == "requests":
            return HttpRequests("pool.example", "agent/1")
        return Lines(spaced=form == "spaced")

    data = b"".join(made().encode(said) for said in sayings)
    hearer = made()
    assert hearer.decode(data[:cut]) + hearer.decode(data[cut:]) == sayings


@given(sayings=SAYINGS, chunked=st.booleans())
def test_answers_in_chunks_and_whole(sayings: list[object], chunked: bool) -> None:
    framing = HttpAnswers(chunked=chunked)
    assert framing.decode(b"".join(framing.encode(said) for said in sayings)) == sayings


def test_spaces_stand_where_other_miners_put_them() -> None:
    assert Lines().encode({"a": [1, 2]}) == b'{"a":[1,2]}\n'
    assert Lines(spaced=True).encode({"a": [1, 2]}) == b'{"a": [1, 2]}\n'


@pytest.mark.parametrize("mask", [True, False])
@pytest.mark.parametrize("size", [0, 100, 125, 126, 60_000])
def test_websocket_frames(mask: bool, size: int) -> None:
    teller, hearer = WebSocket(Random(1) if mask else None), WebSocket()
    opening = websocket_opening("pool.example", Random(2))
    assert hearer.decode(opening) == [opening]
    said = {"text": "x" * size}
    frame = teller.encode(said)
    assert hearer.decode(frame) == [said]
    assert (json.dumps(said, separators=(",", ":")).encode() in frame) is not mask


def test_bytes_as_they_are() -> None:
    assert Raw().decode(Raw().encode(b"\x00\xff")) == [b"\x00\xff"]
