"""Nothing inline, nothing from elsewhere, nothing kept by the browser; error pages tell nothing of the inside."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from minewarden.desk.kit.words import chinese

DESK = Path(__file__).parents[3] / "src/minewarden/desk"
TEMPLATES = sorted((DESK / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(DESK / "templates")))
def test_a_template_has_no_inline_script_or_style(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text, re.IGNORECASE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(DESK / "templates")))
def test_a_template_loads_nothing_from_elsewhere(path):
    assert not re.search(r"(src|href|action)\s*=\s*[\"']?(https?:)?//", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(DESK / "templates")))
def test_a_template_names_static_files_that_exist(path):
    for name in re.findall(r"{% static '([^']+)' %}", path.read_text(encoding="utf-8")):
        assert finders.find(name), name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(DESK / "templates")))
def test_columns_have_heads_files_one_name_and_spans_one_sign(path):
    """Whoever hears a page must be told what a column is; Word is Word on every page; from — to is one sign."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<th(\s[^>]*)?>\s*</th>", text)
    assert not re.search(r">\s*\.?(docx|xlsx)\s*</a>|%}\.?(docx|xlsx|Excel 文件)</a>", text)
    assert "–" not in text


def test_no_two_pages_have_one_title():
    """In a list of tabs, and in what was visited last, a title is all that tells a page from another."""
    named = {}
    for path in TEMPLATES:
        if found := re.search(r'{% block title %}{% w "([a-z_.]+)" %}{% endblock %}', path.read_text(encoding="utf-8")):
            named.setdefault(chinese(found[1]), []).append(str(path.relative_to(DESK / "templates")))
    assert not {title: paths for title, paths in named.items() if len(paths) > 1}


@pytest.mark.parametrize("path", sorted((DESK / "static").rglob("*.*")), ids=lambda path: path.name)
def test_a_static_file_refers_to_nothing_elsewhere(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(", text)


@pytest.mark.django_db
def test_the_policy_stands_on_every_page(people):
    for path in ("/login/", "/nowhere/"):
        policy = Client().get(path)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.django_db
def test_pages_are_not_kept_by_the_browser(login):
    assert "no-store" in login("officer").get("/units/")["Cache-Control"]


@pytest.mark.django_db
def test_a_missing_page_is_ours(people):
    page = Client().get("/nowhere/")
    assert page.status_code == 404
    assert "没有找到该页面" in page.content.decode()


@pytest.mark.django_db
def test_a_failure_tells_a_number_and_nothing_else(login, monkeypatch):
    def fail(*args):
        raise RuntimeError("secret inside")

    monkeypatch.setattr("minewarden.desk.org.queries.tree", fail)
    browser = login("officer")
    browser.raise_request_exception = False
    page = browser.get("/units/")
    assert page.status_code == 500
    text = page.content.decode()
    assert "secret inside" not in text
    assert page["X-Request-ID"] in text


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused(people):
    page = Client(enforce_csrf_checks=True).post("/login/", {"username": "wang.lei", "password": "x"})
    assert page.status_code == 403
    assert "页面已过期" in page.content.decode()


def test_addresses_of_static_files_carry_the_content(settings):
    from django.templatetags.static import static

    assert re.fullmatch(r"/static/mw/css/base\.css\?v=[0-9a-f]{8}", static("mw/css/base.css"))
