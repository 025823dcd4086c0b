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
