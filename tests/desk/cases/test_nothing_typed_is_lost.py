"""What was typed while the session ended, or on a page older than the sign-in, is shown again after the sign-in."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from minewarden.desk.cases.models import Case
from minewarden.desk.kit import unsent
from tests.desk.conftest import PASSWORD

TYPED = "经现场排查，该服务器因弱口令被植入程序。\n已断开网络。"


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


def token(page):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]


def sign_in(browser, username="zhang.wei", password=PASSWORD, **more):
    page = browser.get("/login/")
    return browser.post(
        "/login/", {"username": username, "password": password, "csrfmiddlewaretoken": token(page), **more}
    )


def sealed(page):
    return re.search(r'name="unsent" value="([^"]+)"', page.content.decode())[1]


def asked(case, page):
    """A request for more time, as the page of the case sends it."""
    names = dict.fromkeys(re.findall(r'name="([^"]*-(?:reason|until|which))"', page.content.decode()))
    given = {"reason": TYPED, "until": "2026-03-20T10:00", "which": "find"}
    found = {name: given[name.rpartition("-")[2]] for name in names if name.startswith("ask-extension-")}
    assert len(found) == 3
    return reverse("cases:act", args=[case.pk, "ask-extension"]), found


def shown_again(browser):
    page = browser.get("/me/unsent/").content.decode().partition("<main")[2]
    fields = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.S))
    return re.search(r'<form method="post" action="([^"]+)" class="plain"><input', page)[1], fields


def test_an_ended_session_loses_nothing_that_was_typed(browser, make_case, staff):
    case = make_case("start")
    sign_in(browser)
    page = browser.get(f"/cases/{case.pk}/")
    path, typed = asked(case, page)
    Session.objects.all().delete()
    answer = browser.post(path, typed | {"csrfmiddlewaretoken": token(page)})
    assert answer.status_code == 200
    assert "没有丢失" in answer.content.decode()
    first = browser.post("/login/", {"unsent": sealed(answer), "csrfmiddlewaretoken": token(answer)})
    assert "登录后再次显示" in first.content.decode()
    assert 'class="errors' not in first.content.decode()
    # A wrong password on the way costs nothing either.
    again = sign_in(browser, password="falsch", unsent=sealed(first))
    answer = sign_in(browser, unsent=sealed(again))
    assert answer.headers["Location"] == "/me/unsent/"
    assert "尚未提交" in browser.get("/").content.decode()
    action, fields = shown_again(browser)
    assert (action, fields) == (path, typed)
    sent = browser.post(action, fields | {"csrfmiddlewaretoken": token(browser.get("/me/unsent/"))})
    assert sent.status_code in (302, 422)
    assert "没有尚未提交的内容" in browser.get("/me/unsent/").content.decode()
    assert "先前填写的内容尚未提交" not in browser.get("/").content.decode()


def test_a_page_older_than_the_sign_in_is_asked_once_more(browser, make_case, staff):
    """Signed in again in one window, the token of the page in the other is no longer good."""
    case = make_case("start")
    sign_in(browser)
    page = browser.get(f"/cases/{case.pk}/")
    path, typed = asked(case, page)
    old = token(page)
    browser.post("/logout/", {"csrfmiddlewaretoken": old})
    sign_in(browser)
    elsewhere = browser.post(path, typed | {"csrfmiddlewaretoken": old}, HTTP_ORIGIN="https://evil.example")
    assert elsewhere.status_code == 403
    assert "没有尚未提交的内容" in browser.get("/me/unsent/").content.decode(), "a forged form is nobody's own"
    answer = browser.post(path, typed | {"csrfmiddlewaretoken": old}, HTTP_ORIGIN="http://testserver")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/me/unsent/")
    assert shown_again(browser) == (path, typed)
    assert Case.objects.get(pk=case.pk).extensions.count() == 0, "shown, and not carried out"
    browser.post("/me/unsent/", {"csrfmiddlewaretoken": token(browser.get("/me/unsent/"))})
    assert "没有尚未提交的内容" in browser.get("/me/unsent/").content.decode()


def test_neither_passwords_nor_a_forged_parcel_come_along(browser, people):
    page = browser.get("/login/")
    given = {"old": PASSWORD, "password": "Neu-Berg-2027", "csrfmiddlewaretoken": token(page)}
    assert browser.post("/me/password/", given).status_code == 302
    sign_in(browser, username="wang.lei", unsent="made-up:by-somebody")
    assert "没有尚未提交的内容" in browser.get("/me/unsent/").content.decode()


def test_what_was_typed_is_shown_and_not_the_numbers_of_what_was_chosen():
    fields = [
        *(["office", "1"], ["unit", "12345"], ["phone", "13800000000"], ["at", "2026-03-12T21:14"]),
        *(["next", "/cases/1/"], ["text", "现场核实，设备已断网"], ["note", "无"]),
    ]
    shown = unsent.texts({"path": "/cases/1/", "fields": fields})
    assert shown == ["13800000000", "2026-03-12 21:14", "现场核实，设备已断网"]
