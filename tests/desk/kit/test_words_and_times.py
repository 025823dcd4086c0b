"""Sentences and times as the office writes them, in the language the person chose."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from minewarden.desk.kit import masks, words
from minewarden.vocab.message import message

FRIDAY = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)


def shown(source: str, **context: object) -> str:
    return Template("{% load mw %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("form", "zh", "en"),
    [
        ("full", "2026年3月13日（星期五）17:30", "Fri 13 Mar 2026, 17:30"),
        ("date", "2026年3月13日", "13 Mar 2026"),
        ("stamp", "2026-03-13 17:30", "2026-03-13 17:30"),
        ("seconds", "2026-03-13 17:30:00", "2026-03-13 17:30:00"),
    ],
)
def test_a_time_is_beijing_time(form, zh, en):
    assert words.local(FRIDAY, form) == zh
    with translation.override("en"):
        assert words.local(FRIDAY, form) == en


def test_a_day_has_no_time():
    assert words.local(date(2026, 3, 1)) == "2026年3月1日"


def test_midnight_belongs_to_the_next_day_in_beijing():
    assert words.local(datetime(2026, 3, 13, 16, 0, tzinfo=UTC)) == "2026年3月14日（星期六）00:00"


@pytest.mark.parametrize(
    ("left", "text", "tone"),
    [
        (timedelta(hours=48), "剩余 48 小时 0 分", "blue"),
        (timedelta(hours=12, seconds=1), "剩余 12 小时 0 分", "blue"),
        (timedelta(hours=12), "剩余 12 小时 0 分", "amber"),
        (timedelta(hours=11, minutes=59), "剩余 11 小时 59 分", "amber"),
        (timedelta(hours=5, minutes=12), "剩余 5 小时 12 分", "amber"),
        (timedelta(hours=2), "剩余 2 小时 0 分", "red"),
        (timedelta(0), "已超期 0 小时 0 分", "red"),
        (timedelta(hours=-26, minutes=-3), "已超期 26 小时 3 分", "red"),
    ],
)
def test_a_clock_says_what_remains_and_when_it_ends(monkeypatch, left, text, tone):
    monkeypatch.setattr("django.utils.timezone.now", lambda: FRIDAY)
    html = shown("{% clock due %}", due=FRIDAY + left)
    assert text in html
    assert f'class="clock {tone}"' in html
    assert words.local(FRIDAY + left) in html
    assert "data-due=" in html


def test_a_clock_that_was_met_stands_still(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: FRIDAY + timedelta(days=9))
    done, due = FRIDAY + timedelta(hours=16, minutes=35), FRIDAY + timedelta(hours=48)
    html = shown("{% clock due done=done start=start %}", due=due, done=done, start=FRIDAY)
    assert "按时完成（16 小时 35 分）" in html
    assert "clock green" in html
    assert "data-due" not in html


def test_a_clock_met_too_late_says_so():
    html = shown("{% clock due done=done %}", due=FRIDAY, done=FRIDAY + timedelta(minutes=1))
    assert "超期完成" in html
    assert "clock red" in html


def test_a_parameter_cannot_carry_markup():
    html = shown("{% w 'desk_org.unit_made' name=name %}", name="<script>x</script>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_message_of_a_pure_room_is_put_into_the_readers_language():
    assert "时区" in words.said(message("input.zone_needed"))
    with translation.override("en"):
        assert "zone" in shown("{{ text|said }}", text=message("input.zone_needed"))
        assert shown("{{ text|said }}", text={"zh": "是", "en": "yes"}) == "yes"


def test_a_label_is_put_into_words_when_it_is_shown():
    label = words.word("desk_kit.save")
    assert str(label) == "保存"
    with translation.override("en"):
        assert str(label) == "Save"


@pytest.mark.parametrize(
    ("kind", "text", "masked"),
    [
        ("name", "张三", "张*"), ("name", "王小明", "王**"), ("name", "阿依古丽·买买提", "阿*******"),
        ("name", "", "—"),
        ("phone", "13800001234", "138****1234"), ("phone", "12345", "*****"),
        ("mac", "02:00:5e:10:00:01", "02:00:5e:**:**:**"), ("mac", "bad", "***"),
        ("login", "t20180317", "t2****17"), ("login", "ab", "a***"),
    ],
)  # fmt: skip
def test_personal_details_are_masked(kind, text, masked):
    assert shown(f"{{% mask text '{kind}' %}}", text=text) == masked


def test_every_mask_hides_something():
    assert all(mask("甲乙丙丁戊己庚辛") != "甲乙丙丁戊己庚辛" for mask in masks.MASKS.values())


class TestLanguage:
    """Profile, then cookie, then Chinese; the browser's own wish is not asked."""

    pytestmark = pytest.mark.django_db

    def test_chinese_whatever_the_browser_prefers(self, people):
        assert "登录名" in Client(headers={"Accept-Language": "en-US,en"}).get("/login/").content.decode()

    def test_a_cookie_of_the_browser(self, people):
        browser = Client()
        answer = browser.post("/me/language/", {"language": "en", "next": "/login/"})
        assert answer["Location"] == "/login/"
        assert "Login name" in browser.get("/login/").content.decode()

    def test_the_persons_choice_goes_before_the_cookie(self, login, people):
        browser = login("officer")
        browser.cookies["mw-language"] = "zh"
        people.officer.language = "en"
        people.officer.save()
        page = browser.get("/me/")
        assert "My account" in page.content.decode()
        assert page["Content-Language"] == "en"

    @pytest.mark.parametrize("target", ["https://example.net/", "//example.net/", "javascript:alert(1)", ""])
    def test_the_way_back_leads_to_our_own_pages_only(self, people, target):
        assert Client().post("/me/language/", {"language": "en", "next": target})["Location"] == "/"
