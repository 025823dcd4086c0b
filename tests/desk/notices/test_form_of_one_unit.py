"""The sender wrote the addresses of two schools into one cell: the form of one school names its own alone."""

from typing import Any

from minewarden.desk.notices.export import answer_rows
from tests.desk.notices.conftest import claim
from tests.intake.made import xlsx

MONDAY = "2026-03-16 09:00"


def test_the_form_names_no_address_of_another_unit(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "198.51.100.0/30")
    claim(desk.second_school, "198.51.100.4/30")
    seen = "2026-03-15 21:00"
    rows = [["IP", "发现时间"], ["198.51.100.1、198.51.100.5", seen], ["198.51.100.2\n198.51.100.3", seen]]
    received = take(xlsx(rows), MONDAY)
    confirm(received)
    told = {
        share.line.ip: dict(answer_rows(received, share.case))["IP"]
        for line in received.lines.all()
        for share in line.shares.all()
    }
    assert (told["198.51.100.1"], told["198.51.100.5"]) == ("198.51.100.1", "198.51.100.5")
    # Two of one school in a cell are two machines with a form each.
    assert (told["198.51.100.2"], told["198.51.100.3"]) == ("198.51.100.2", "198.51.100.3")


def test_what_the_sender_wrote_about_a_units_own_address_stays(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "198.51.100.0/30")
    rows = [["IP", "发现时间"], ["198.51.100.1（教学楼）", "2026-03-15 21:00"]]
    received = take(xlsx(rows), MONDAY)
    confirm(received)
    (share,) = received.lines.get().shares.all()
    assert dict(answer_rows(received, share.case))["IP"] == "198.51.100.1（教学楼）"
