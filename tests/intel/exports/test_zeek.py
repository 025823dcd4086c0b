"""Lines as Zeek's intelligence framework reads them."""

from minewarden.intel.exports.zeek import zeek
from tests.intel.exports.records import OCCASION, RECORDS


def test_each_line_has_four_fields_and_nothing_is_wider_than_it_was() -> None:
    made = zeek(RECORDS, OCCASION)
    head, *lines = made.files["minewarden.intel"].decode().splitlines()
    assert head.split("\t")[0] == "#fields"
    rows = [line.split("\t") for line in lines]
    assert all(len(row) == len(head.split("\t")) - 1 and all(row) for row in rows)
    assert {(row[0], row[1]) for row in rows} == {
        ("xmr.example.net", "Intel::DOMAIN"), ("mine.example", "Intel::DOMAIN"), ("203.0.113.9", "Intel::ADDR"),
        ("2001:db8::9", "Intel::ADDR"), ("198.51.100.0/24", "Intel::SUBNET"), ("a.example/m.js", "Intel::URL"),
        ("ab" * 32, "Intel::FILE_HASH"), ("XMRig/6", "Intel::SOFTWARE"),
    }  # fmt: skip
    assert {record.value for record in made.left_out} >= {"203.0.113.9:3333", "over.example", "gone.example"}
