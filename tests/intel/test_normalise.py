"""Indicators as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intel.normalise import canonical_value
from minewarden.vocab.indicator import Kind
from minewarden.vocab.refang import LONGEST, refang


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (Kind.IP, "203[.]0[.]113[.]5", "203.0.113.5"),
        (Kind.IP, " 203。0。113。5 ", "203.0.113.5"),
        (Kind.IP, "２０３．０．１１３．５", "203.0.113.5"),
        (Kind.IP, "::ffff:203.0.113.5", "203.0.113.5"),
        (Kind.IP_PORT, "203(.)0(.)113(.)5[:]3333", "203.0.113.5:3333"),
        (Kind.IP_PORT, "203.0.113.5：3333", "203.0.113.5:3333"),
        (Kind.IP_PORT, "stratum+tcp://[2001:DB8::1]:3333", "[2001:db8::1]:3333"),
        (Kind.HOST, "hxxps://XMR[.]Pool[dot]Example/", "xmr.pool.example"),
        (Kind.HOST, "hxxp[://]xmr.pool.example.", "xmr.pool.example"),
        (Kind.HOST, "\ufeffxmr.\u200bpool.example", "xmr.pool.example"),
        (Kind.DOMAIN, "矿池.example", "xn--btwv1w.example"),
        (Kind.CIDR, "203.0.113.0/24", "203.0.113.0/24"),
    ],
)
def test_it_is_brought_to_one_spelling(kind: Kind, written: str, value: str) -> None:
    assert canonical_value(kind, written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (Kind.HOST, "https://pool.example/page"),
        (Kind.HOST, "pool.example:3333"),
        (Kind.HOST, "localhost"),
        (Kind.HOST, "203.0.113.5"),
        (Kind.HOST, "=cmd|'/c calc'!A1"),
        (Kind.HOST, ""),
        (Kind.IP, "203.0.113.5:3333"),
        (Kind.IP, "203.0.113.256"),
        (Kind.IP_PORT, "203.0.113.5"),
        (Kind.IP_PORT, "203.0.113.5:0"),
        (Kind.CIDR, "203.0.113.5/24"),
        (Kind.HOST, "a" * (LONGEST + 1)),
    ],
)
def test_what_is_not_of_the_kind_is_refused(kind: Kind, written: str) -> None:
    with pytest.raises(ValueError):
        canonical_value(kind, written)


@given(st.sampled_from(list(Kind)), st.text(max_size=60))
def test_any_text_is_either_refused_or_brought_to_a_fixed_point(kind: Kind, text: str) -> None:
    try:
        value = canonical_value(kind, text)
    except ValueError:
        return
    assert canonical_value(kind, value) == value
    assert refang(value) == value
