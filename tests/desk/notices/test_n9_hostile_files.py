"""N9: files that mean harm are refused or made harmless, the original stays in quarantine; a picture is typed."""

import io
import threading
from contextlib import suppress
from typing import Any

import psutil
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from minewarden.desk.notices import export
from minewarden.desk.notices.models import Received
from tests.intake.made import HEAD, SAMPLES, bomb, empty_rows, pdf, png, scan, with_parts, word, xlsx

ROWS = [HEAD, ("1", "203.0.113.5", "3333", "pool.example.net", "2026-03-12 21:14:37", "市一中")]


def sent(login: Any, desk: Any, name: str, content: bytes) -> Any:
    given = {"office": desk.bureau.pk, "received_at": "2026-03-13T09:00", "source": "省厅", "text": ""}
    file = SimpleUploadedFile(name, content)
    return login(desk.zhou).post("/notices/add/", given | {"file": file}, follow=True)


@pytest.mark.parametrize(
    ("name", "content", "verdict", "words"),
    [
        ("宏.xlsx", with_parts(xlsx(ROWS), {"xl/vbaProject.bin": b"x"}), "refused", "文件含有宏，已拒绝并隔离保存"),
        ("空行.xlsx", empty_rows(200), "refused", "多为大量空白行或压缩炸弹"),
        ("炸弹.xlsx", bomb(), "refused", "多为大量空白行或压缩炸弹"),
        ("密码.xlsx", (SAMPLES / "password.xlsx").read_bytes(), "refused", "文件有密码保护"),
        (
            "外链.xlsx",
            with_parts(xlsx(ROWS), {"xl/externalLinks/e.xml": b"x"}),
            "neutralised",
            "引用了外部链接，未访问",
        ),
        (
            "公式.xlsx",
            xlsx([*ROWS, ("2", "203.0.113.6", "", "=cmd|' /C calc'!A0")]),
            "neutralised",
            "形如会执行命令的公式",
        ),
        (
            "嵌入.docx",
            with_parts(word(ROWS), {"word/embeddings/o.bin": b"x"}),
            "neutralised",
            "嵌有其他对象（OLE），未打开",
        ),
        ("脚本.pdf", pdf(ROWS, script=True), "neutralised", "PDF 中含有脚本、动作或附件，未执行"),
    ],
)
def test_refused_or_made_harmless(desk: Any, login: Any, name: str, content: bytes, verdict: str, words: str) -> None:
    page = sent(login, desk, name, content)
    assert page.status_code == 200
    assert words in page.content.decode()
    received = Received.objects.get()
    assert (received.verdict, received.lines.exists()) == (verdict, verdict == "neutralised")
    assert received.original.content == content
    assert login(desk.zhou).get(f"/notices/{received.pk}/original/").status_code == 404


def test_whoever_reads_it_stays_below_512_mb_and_the_desk_goes_on(desk: Any, login: Any) -> None:
    """90 MB of empty rows are too few to be refused unread: the process that reads them is bounded, the desk is not
    in it and answers the next page."""
    peaks: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            for child in psutil.Process().children():
                with suppress(psutil.Error, OSError):
                    if "minewarden.intake.worker" in child.cmdline():
                        peaks.append(child.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    page = sent(login, desk, "空行.xlsx", empty_rows(90))
    over.set()
    watcher.join()
    assert page.status_code == 200
    assert peaks
    assert max(peaks) < 512 * 1024 * 1024
    assert not Received.objects.get().lines.exists()
    assert login(desk.zhou).get("/notices/").status_code == 200


@pytest.mark.parametrize(("name", "content"), [("截图.png", png(300, 200)), ("扫描.pdf", scan())])
def test_a_picture_is_typed_beside_it(desk: Any, login: Any, name: str, content: bytes) -> None:
    page = sent(login, desk, name, content)
    received = Received.objects.get()
    assert f"/notices/{received.pk}/picture/1/" in page.content.decode()
    browser = login(desk.zhou)
    shown = browser.get(f"/notices/{received.pk}/picture/1/")
    assert shown["Content-Type"] == "image/png"
    assert shown.content != content
    typed = {
        "hand-address": "203.0.113.5",
        "hand-target": "pool.example.net:3333",
        "hand-first_seen": "2026-03-12T21:14",
    }
    browser.post(f"/notices/{received.pk}/by-hand/", typed)
    browser.post(f"/notices/{received.pk}/by-hand/", {"hand-address": "203.0.113.6"})
    line, other = received.lines.all()
    assert (line.ip, line.domain, line.destination_port) == ("203.0.113.5", "pool.example.net", 3333)
    # A picture has no columns that an answer could stand in; it names each address all the same.
    received.refresh_from_db()
    rows = CalamineWorkbook.from_object(io.BytesIO(export.answer_book(received))).get_sheet_by_index(0).to_python()
    assert rows[0][:5] == ["IP/端口", "矿池", "币种", "活动时间", "单位"]
    assert [row[:2] for row in rows[1:]] == [["203.0.113.5", "pool.example.net:3333"], ["203.0.113.6", ""]]
    assert rows[1][3] == "2026-03-12 21:14"
    assert other.cells[0] == other.ip


def test_a_formula_goes_out_as_text(desk: Any, take: Any) -> None:
    received = take(xlsx([*ROWS, ("2", "203.0.113.6", "", "=cmd|' /C calc'!A0")]), "2026-03-13 09:00")
    rows = CalamineWorkbook.from_object(io.BytesIO(export.answer_book(received))).get_sheet_by_index(0).to_python()
    assert rows[2][3] == "'=cmd|' /C calc'!A0"


def test_what_is_typed_beside_a_table_leaves_the_senders_head_in_the_answer(desk: Any, take: Any, login: Any) -> None:
    received = take(xlsx(ROWS), "2026-03-13 09:00")
    login(desk.zhou).post(f"/notices/{received.pk}/by-hand/", {"hand-address": "203.0.113.6"})
    assert received.lines.count() == 2
    received.refresh_from_db()
    rows = CalamineWorkbook.from_object(io.BytesIO(export.answer_book(received))).get_sheet_by_index(0).to_python()
    assert tuple(rows[0][: len(HEAD)]) == tuple(HEAD)


def test_what_is_typed_must_be_an_address_or_a_name(desk: Any, login: Any) -> None:
    sent(login, desk, "a.png", png())
    received = Received.objects.get()
    answer = login(desk.zhou).post(f"/notices/{received.pk}/by-hand/", {"hand-address": "203.0.113.300"})
    assert answer.status_code == 422
    assert not received.lines.exists()
