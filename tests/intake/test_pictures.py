"""What people read is drawn anew."""

import io

import pytest
from PIL import Image

from minewarden.intake.pictures import LONGEST_SIDE, drawn
from tests.intake.made import png, scan


@pytest.mark.parametrize("data", [png(), scan()], ids=["picture", "scan"])
def test_it_is_drawn_as_png(data: bytes) -> None:
    assert Image.open(io.BytesIO(drawn(data))).format == "PNG"


def test_a_large_picture_is_made_smaller() -> None:
    assert max(Image.open(io.BytesIO(drawn(png(4_000, 1_000)))).size) == LONGEST_SIDE


def test_what_a_phone_notes_about_the_place_is_gone() -> None:
    out = io.BytesIO()
    noted = Image.Exif()
    noted[0x010E] = "GPS"
    Image.new("RGB", (40, 20)).save(out, "JPEG", exif=noted)
    assert not Image.open(io.BytesIO(drawn(out.getvalue()))).getexif()


@pytest.mark.parametrize(("data", "page"), [(b"\x89PNG\r\n\x1a\nbroken", 1), (scan(), 2), (scan(), 0)])
def test_what_cannot_be_drawn(data: bytes, page: int) -> None:
    with pytest.raises((ValueError, OSError)):
        drawn(data, page)
