"""The report is printed, stamped, scanned and handed in: the code in its foot says which version it is."""

import io
from types import SimpleNamespace

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases import actions as case_actions
from minewarden.desk.cases import files
from minewarden.desk.cases.models import Case, EvidenceFile
from minewarden.desk.reports import actions, queries
from minewarden.desk.reports.models import Stamped
from minewarden.documents.pdf import to_pdf
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW


def scan_of(case, *, pages=None, dpi=150):
    """The report as it stands now, printed and scanned as a PDF of pictures."""
    printed = to_pdf(queries.official(queries.report_page(Case.objects.get(pk=case.pk), NOW))).pdf
    images = [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(printed)][:pages]
    out = io.BytesIO()
    images[0].save(out, "PDF", save_all=True, append_images=images[1:], resolution=dpi)
    return out.getvalue()


@pytest.fixture
def handed_in(make_case, staff):
    case = make_case("measure", now=timezone.now())
    actions.submit(case, by=staff.handler, now=timezone.now())
    return SimpleNamespace(case=Case.objects.get(pk=case.pk), staff=staff)


def test_a_scan_is_matched_with_the_version_in_its_foot(handed_in, login, recorded):
    recorded()
    client, case = login(handed_in.staff.handler), handed_in.case
    given = SimpleUploadedFile("盖章件.pdf", scan_of(case))
    assert client.post(reverse("reports:stamped", args=[case.pk]), {"file": given}).status_code == 302
    row = Stamped.objects.get()
    assert (row.report.version, row.pages) == (1, row.pages_made)
    assert recorded()[-2:] == ["case.add-file", "report.stamped"]
    page = login(handed_in.staff.superior).get(reverse("reports:report", args=[case.pk])).content.decode()
    assert "与第 1 版一致" in page
    assert files.read_file(row.file, by=handed_in.staff.superior, now=NOW).startswith(b"%PDF-")


def test_a_missing_page_and_an_older_version_are_said(handed_in, login):
    case, staff, now = handed_in.case, handed_in.staff, timezone.now()
    first = scan_of(case, pages=1)
    case_actions.send_back_report(case, by=staff.principal, now=now, reason="补充入侵途径")
    actions.submit(Case.objects.get(pk=case.pk), by=staff.handler, now=now)
    row = actions.attach_stamped(Case.objects.get(pk=case.pk), by=staff.handler, now=now, name="a.pdf", content=first)
    assert (row.report.version, row.pages) == (1, 1)
    assert row.pages_made > 1
    page = login(staff.handler).get(reverse("reports:report", args=[case.pk])).content.decode()
    assert "是第 1 版，现行为第 2 版" in page
    assert "请核对是否缺页" in page


def test_the_paper_of_another_case_is_not_kept(handed_in, make_case):
    other = make_case("measure", number=2, now=timezone.now())
    draft = scan_of(other, pages=1)
    with pytest.raises(TransitionError):
        actions.attach_stamped(handed_in.case, by=handed_in.staff.handler, now=NOW, name="a.pdf", content=draft)
    assert not EvidenceFile.objects.exists()


def test_nothing_is_compared_with_a_draft(make_case, staff):
    case = make_case("measure")
    with pytest.raises(TransitionError, match="submitted"):
        actions.attach_stamped(case, by=staff.handler, now=NOW, name="a.pdf", content=b"%PDF-")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"MZ", "只接受"),
        ("a.pdf", b"%PDF-" + bytes(10 * 1024 * 1024), "10 MB"),
        ("a.gif", b"GIF89a", "只接受"),
    ],
)
def test_what_is_no_scan_or_too_large_is_refused(handed_in, login, name, content, said):
    given = SimpleUploadedFile(name, content)
    answer = login(handed_in.staff.handler).post(reverse("reports:stamped", args=[handed_in.case.pk]), {"file": given})
    assert answer.status_code == 422
    assert said in answer.content.decode()
