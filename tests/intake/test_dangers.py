"""What a file is by its content, and what in it could act."""

import io
import zipfile

import pytest

from minewarden.intake.dangers import LARGEST_FILE, Kind, look
from tests.intake.made import HEAD, SAMPLES, bomb, csv_text, pdf, png, scan, with_parts, word, xlsx

BOOK, DOCUMENT = xlsx([HEAD]), word([HEAD])
LINK = (
    b'<Relationships><Relationship Id="r1" Type="http://x/relationships/%s" Target="http://192.0.2.1/x" '
    b'TargetMode="External"/></Relationships>'
)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (BOOK, Kind.SHEET),
        ((SAMPLES / "notice.xls").read_bytes(), Kind.OLD_SHEET),
        (DOCUMENT, Kind.WORD),
        (pdf([HEAD]), Kind.PDF),
        (scan(), Kind.PDF),
        (png(), Kind.PICTURE),
        (b'{"type": "bundle"}', Kind.JSON),
        (csv_text([HEAD]), Kind.TEXT),
        ("一中 203.0.113.5".encode("gb18030"), Kind.TEXT),
    ],
)
def test_kinds(data: bytes, kind: Kind) -> None:
    danger = look(data)
    assert (danger.kind, danger.refused, danger.asleep) == (kind, None, [])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "intake.empty"),
        (b"\0" * 40, "intake.empty"),
        (b" " + b"a" * LARGEST_FILE, "intake.file_too_large"),
        (b"MZ\x90\0", "intake.unknown_form"),
        (b"{\\rtf1", "intake.old_word"),
        (b"PK\x03\x04broken", "intake.broken"),
        (with_parts(BOOK, {"xl/vbaProject.bin": b"x"}), "intake.macro"),
        (with_parts(DOCUMENT, {"word/vbaProject.bin": b"x"}), "intake.macro"),
        (with_parts(BOOK, {"xl/macrosheets/sheet1.xml": b"x"}), "intake.macro"),
        ((SAMPLES / "password.xlsx").read_bytes(), "intake.password"),
        (bomb(), "intake.bomb"),
        ((SAMPLES / "notice.xls").read_bytes() + "_VBA_PROJECT".encode("utf-16-le"), "intake.macro"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    danger = look(data)
    assert danger.refused is not None
    assert danger.refused.id == reason


def test_an_archive_is_not_a_notice() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("list.xlsx", BOOK)
    refused = look(out.getvalue()).refused
    assert refused is not None
    assert refused.id == "intake.archive"


@pytest.mark.parametrize(
    ("data", "asleep"),
    [
        (with_parts(DOCUMENT, {"word/embeddings/oleObject1.bin": b"x"}), "intake.embedded"),
        (with_parts(BOOK, {"xl/externalLinks/externalLink1.xml": b"x"}), "intake.external_link"),
        (with_parts(BOOK, {"xl/connections.xml": b"x"}), "intake.external_link"),
        (with_parts(DOCUMENT, {"word/_rels/settings.xml.rels": LINK % b"attachedTemplate"}), "intake.external_link"),
    ],
)
def test_left_asleep(data: bytes, asleep: str) -> None:
    danger = look(data)
    assert danger.refused is None
    assert [one.id for one in danger.asleep] == [asleep]


def test_a_link_that_somebody_must_click_is_no_danger() -> None:
    assert not look(with_parts(DOCUMENT, {"word/_rels/more.xml.rels": LINK % b"hyperlink"})).asleep
