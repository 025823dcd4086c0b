"""What may go out."""

from dataclasses import replace

from minewarden.intel.exports.forms import FORMS, outgoing
from minewarden.intel.record import Tlp
from tests.intel.exports.records import OCCASION, RECORDS
from tests.intel.lists import record, voice


def test_nothing_closed_or_unfree_goes_out_in_any_form() -> None:
    secret = replace(record("secret.example"), voices=(voice("c", tlp=Tlp.AMBER),))
    bought = record("bought.example", licence="proprietary")
    out = outgoing([*RECORDS, secret, bought], Tlp.GREEN)
    assert len(out) == len(RECORDS)
    for make in FORMS.values():
        for content in make(out, OCCASION).files.values():
            assert b"secret.example" not in content
            assert b"bought.example" not in content
