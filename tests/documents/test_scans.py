"""A paper that we printed is found again by its code when it comes back scanned: askew, noisy, upside down."""

import io
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageFilter

from minewarden.documents.pdf import to_pdf
from minewarden.documents.scans import MOST_PAGES, kind_of, one_page, page_count, read_scan
from minewarden.vocab.errors import InputError
from tests.documents.sample import report

CODE = "WK-2026-00001/v2/9f86d081884c"


@pytest.fixture(scope="module")
def printed() -> bytes:
    return to_pdf(replace(report(300), code=CODE)).pdf


def scanned(pdf: bytes, *, dpi: int = 200, turn: float = 0.0, quality: int = 60) -> list[Image.Image]:
    """The pages as a scanner gives them: a little blurred, noisy, on a bed that is not quite white, compressed."""
    noise = np.random.default_rng(7)
    pages = []
    for page in pypdfium2.PdfDocument(pdf):
        image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        image = image.rotate(turn, expand=True, fillcolor=235).filter(ImageFilter.GaussianBlur(0.6))
        grey = np.asarray(image, dtype=np.int16) * 0.9 + noise.normal(8, 9, (image.height, image.width))
        kept = io.BytesIO()
        Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(kept, "JPEG", quality=quality)
        pages.append(Image.open(io.BytesIO(kept.getvalue())))
    return pages


def as_pdf(pages: list[Image.Image], dpi: int = 200) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=dpi)
    return out.getvalue()


@pytest.mark.parametrize(("dpi", "turn"), [(150, 1.7), (200, 180.0), (300, -92.5)])
def test_a_scan_is_matched_however_it_lay_on_the_glass(printed: bytes, dpi: int, turn: float) -> None:
    scan = read_scan("盖章件.pdf", as_pdf(scanned(printed, dpi=dpi, turn=turn), dpi))
    assert scan.kind == "pdf"
    assert len(scan.pages) == page_count(printed)
    assert scan.codes == (CODE,)
    assert all(page.codes == (CODE,) for page in scan.pages)


def test_a_photo_of_one_page_is_matched(printed: bytes) -> None:
    out = io.BytesIO()
    scanned(printed, dpi=160, turn=4)[0].save(out, "JPEG", quality=55)
    scan = read_scan("照片.jpg", out.getvalue())
    assert (scan.kind, scan.codes, len(scan.pages)) == ("jpeg", (CODE,), 1)


def test_one_page_of_many_can_be_taken_out(printed: bytes) -> None:
    pages = scanned(printed, dpi=100)
    second = one_page("a.pdf", as_pdf(pages, 100), 2)
    assert len(pypdfium2.PdfDocument(second)) == 1
    with pytest.raises(InputError):
        one_page("a.pdf", as_pdf(pages, 100), 99)


def test_a_page_without_a_code_has_none() -> None:
    out = io.BytesIO()
    Image.new("L", (800, 1100), 255).save(out, "PNG")
    assert read_scan("blank.png", out.getvalue()).codes == ()


@pytest.mark.parametrize("data", [b"%PDF-1.7 broken", b"\xff\xd8\xff broken", b"\x89PNG\r\n\x1a\n", b"MZ\x90", b""])
def test_what_is_no_scan_is_refused_with_the_remedy(data: bytes) -> None:
    with pytest.raises(InputError, match=r"scan|PDF|扫描"):
        read_scan("x.pdf", data)


def test_a_picture_of_far_too_many_points_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(InputError):
        read_scan("bomb.png", out.getvalue())


def test_more_pages_than_anybody_scans_are_refused() -> None:
    many = pypdfium2.PdfDocument.new()
    for _ in range(MOST_PAGES + 1):
        many.new_page(100, 100)
    out = io.BytesIO()
    many.save(out)
    with pytest.raises(InputError, match=str(MOST_PAGES)):
        read_scan("many.pdf", out.getvalue())


def test_the_kind_is_told_by_the_bytes() -> None:
    assert [kind_of(d) for d in (b"%PDF-1", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a")] == [
        "pdf", "jpeg", "png", "",
    ]  # fmt: skip
