"""The pages of outlets and messages: secrets stay hidden, trials go out, messages lead to their page."""

import pytest
from django.db import connection
from django.urls import reverse

from minewarden.desk.audit.models import Record
from minewarden.desk.kit import sealed
from minewarden.desk.notify import outbox
from minewarden.desk.notify.models import Copy, Outlet
from minewarden.vocab.errors import ConfigError
from tests.desk.notify.conftest import NOON

SECRET = "SEC-never-shown-again"


def test_an_outlet_is_set_up_changed_and_tried_on_its_pages(city, login, there):
    client = login("system")
    given = {"unit": city.bureau.pk, "name": "局机关群", "url": there.url + "/robot?token=t0k3n", "secret": SECRET}
    assert client.post(reverse("notify:add", args=["dingtalk"]), given).status_code == 302
    outlet = Outlet.objects.get()
    address = reverse("notify:change", args=[outlet.pk])
    page = client.get(address).content.decode()
    assert SECRET not in page
    assert "t0k3n" not in page
    assert client.post(address, {"name": "局机关新群", "url": "", "secret": ""}).status_code == 302
    outlet.refresh_from_db()
    assert (outlet.name, outlet.settings["secret"]) == ("局机关新群", SECRET), "an empty secret stays what it was"
    client.post(reverse("notify:trial", args=[outlet.pk]))
    assert "局机关新群" in there.json()["text"]["content"]
    assert SECRET not in str(list(Record.objects.values_list("before", "after")))


def test_settings_that_cannot_work_are_said_on_the_form(city, login):
    given = {"unit": city.bureau.pk, "name": "x", "url": "ftp://a"}
    answer = login("system").post(reverse("notify:add", args=["wecom"]), given)
    assert "须以 http" in answer.content.decode()
    assert not Outlet.objects.exists()


def test_a_trial_that_fails_says_why(city, login, outlet, there):
    there.answers = [(200, {"errcode": 93000})]
    answer = login("system").post(reverse("notify:trial", args=[outlet("wecom").pk]), follow=True)
    assert "93000" in answer.content.decode()


def test_no_secret_lies_open_in_the_database(outlet):
    made = outlet("dingtalk", secret=SECRET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_settings FROM notify_outlet")
        raw = bytes(cursor.fetchone()[0])
    assert SECRET.encode() not in raw
    assert b"http" not in raw
    assert made.settings["secret"] == SECRET


def test_what_was_sealed_opens_only_for_its_purpose_with_its_key(data_folder):
    closed = sealed.seal(b"evidence", "case-file.1")
    assert sealed.unseal(closed, "case-file.1") == b"evidence"
    assert sealed.key_path().stat().st_mode & 0o077 == 0
    for wrong in (closed[:-1] + bytes([closed[-1] ^ 1]), closed[:20], b"", b"MWS1"):
        with pytest.raises(ConfigError):
            sealed.unseal(wrong, "case-file.1")
    with pytest.raises(ConfigError):
        sealed.unseal(closed, "case-file.2")
    sealed.key_path().unlink()
    with pytest.raises(ConfigError):
        sealed.unseal(closed, "case-file.1")
    assert not sealed.key_path().exists(), "a key that was lost is not replaced in silence"


def test_a_message_leads_to_its_page_and_is_read(city, people, login):
    for number in range(2):
        outbox.post(
            f"k.{number}", unit=city.linjiang, to=[people.officer], word="desk_notify.trial", now=NOON, link="/cases/",
            name="测试",
        )  # fmt: skip
    client = login("officer")
    home = client.get("/messages/").content.decode()
    assert "未读消息 2 条" in home
    assert "来自通知渠道“测试”" in home
    copy = Copy.objects.first()
    assert client.post(reverse("notify:read", args=[copy.pk])).url == "/cases/"
    assert "未读消息 1 条" in client.get("/messages/").content.decode()
    client.post(reverse("notify:read-all"))
    assert not Copy.objects.filter(read_at=None).exists()
    assert login("second_officer").post(reverse("notify:read", args=[copy.pk])).status_code == 404


def test_one_says_by_oneself_where_mail_goes(login, people):
    client = login("officer")
    client.post(reverse("notify:reach"), {"mail": "wang@bureau.example"})
    people.officer.refresh_from_db()
    assert people.officer.reach.mail == "wang@bureau.example"
    assert "wang@bureau.example" not in str(list(Record.objects.values_list("after", flat=True)))
