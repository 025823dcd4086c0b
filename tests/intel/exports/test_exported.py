"""What an export may say of a record."""

from minewarden.intel.exports.exported import exact_names, hits, instant, said
from tests.intel.exports.records import RECORDS
from tests.intel.lists import NOW, record


def test_the_own_name_of_a_domain_that_is_a_site_is_left_out() -> None:
    assert [r.value for r in exact_names(RECORDS, NOW)] == ["xmr.example.net", "mine.example"]


def test_words_and_instants() -> None:
    assert instant(NOW) == "2026-11-25T02:00:00.000Z"
    assert said(record(operator='a\t"b",c;', coins=("XMR", "BTC"))) == "a b c pool-endpoint XMR/BTC"
    assert hits(RECORDS[0])
    assert not hits(RECORDS[2])
