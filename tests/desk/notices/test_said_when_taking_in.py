"""What an officer is told when he takes a file in and confirms it: nothing that is not so."""

from typing import Any

from minewarden.desk.notices import intake
from minewarden.desk.notices.models import Received
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx

ROWS = [["IP", "时间"], ["203.0.113.7", "2026-03-12 21:14"]]


def confirmed(client: Any, received: Received) -> str:
    """The page after the confirmation."""
    given = {"source": "省中心", "received_at": "2026-03-13T09:00"}
    answer = client.post(f"/notices/{received.pk}/confirm/", given, follow=True)
    assert answer.redirect_chain
    return str(answer.content.decode())


def test_where_no_line_has_a_unit_nobody_is_said_to_be_handed_anything(desk: Any, take: Any, login: Any) -> None:
    page = confirmed(login(desk.zhou), take(xlsx(ROWS), "2026-03-13 09:00"))
    assert "没有一行能归到单位，全部留在本级" in page
    assert "正在后台分派" not in page


def test_handed_out_at_once_and_left_to_the_worker(desk: Any, take: Any, login: Any, monkeypatch: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    client = login(desk.zhou)
    assert "已登记，分派给 1 个单位" in confirmed(client, take(xlsx(ROWS), "2026-03-13 09:00"))
    monkeypatch.setattr(intake, "AT_ONCE", 0)
    assert "正在后台分派" in confirmed(client, take(xlsx([*ROWS, ["203.0.113.8", ""]]), "2026-03-13 09:00"))


def test_the_same_file_again_is_pointed_out_before_anything_is_sent(desk: Any, take: Any, login: Any) -> None:
    """Not one that was put away, nor one of another office, nor another file."""
    client, content = login(desk.zhou), xlsx(ROWS)

    def warned(received: Received) -> bool:
        return "同一份文件已于" in client.get(f"/notices/{received.pk}/").content.decode()

    first = take(content, "2026-03-13 09:00")
    assert not warned(first)
    second = take(content, "2026-03-13 10:00", name="又一份.xlsx")
    page = client.get(f"/notices/{second.pk}/").content.decode()
    assert "同一份文件已于 2026年3月13日（星期五）09:00 由 周宁 收进来" in page
    assert f"/notices/{first.pk}/" in page
    assert not warned(take(xlsx([*ROWS, ["203.0.113.8", ""]]), "2026-03-13 10:00"))
    intake.drop(first, by=desk.zhou, now=at("2026-03-13 11:00"))
    assert not warned(second)
    theirs = {"by": desk.district, "now": at("2026-03-13 12:00"), "office": desk.linjiang, "name": "a.xlsx"}
    intake.take_in(**theirs, content=content, received_at=at("2026-03-13 12:00"))
    assert not warned(second)


def test_the_ledger_is_asked_again_once_it_was_put_right_and_what_people_decided_stays(
    desk: Any, take: Any, login: Any, recorded: Any
) -> None:
    rows = [*ROWS, ["203.0.113.8", "2026-03-12 21:14"], ["203.0.113.9", "2026-03-12 21:14"]]
    claim(desk.second_school, "203.0.113.9/32")
    received, client = take(xlsx(rows), "2026-03-13 09:00"), login(desk.zhou)
    _, eighth, ninth = received.lines.all()
    intake.choose(eighth, by=desk.zhou, now=at("2026-03-13 09:05"), unit=desk.riverside, reason="电话核实")
    intake.choose(ninth, by=desk.zhou, now=at("2026-03-13 09:06"), unit=None)
    assert "有 2 行台账查不到或相互矛盾" in client.get(f"/notices/{received.pk}/").content.decode()
    claim(desk.first_school, "203.0.113.0/29")
    claim(desk.first_school, "203.0.113.8/32")
    recorded()
    page = client.post(f"/notices/{received.pk}/attribute/", follow=True).content.decode()
    assert "已按台账重新认定 1 行，1 行有变化" in page
    assert [line.unit for line in received.lines.select_related("unit")] == [desk.first_school, desk.riverside, None]
    assert received.lines.first().range_text == "203.0.113.0/29"
    assert recorded() == ["notice.attribute-anew"]
    assert (
        "重新认定 1 行，0 行有变化" in client.post(f"/notices/{received.pk}/attribute/", follow=True).content.decode()
    )
    assert "有 1 行台账查不到" in page, "the one that people decided is still unknown to the ledger as it was asked"
