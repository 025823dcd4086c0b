"""What a file is, by its content, and what in it could act: macros, links, embedded objects, scripts, bombs.

Nothing here opens a part of a file that acts. A macro is refused; the rest is left asleep, named, and the original
stays in quarantine.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from enum import StrEnum

from minewarden.vocab.message import Message, message

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_INSIDE = 256 * 1024 * 1024
LARGEST_PART = 128 * 1024 * 1024
MOST_PARTS = 5_000
_MARKUP = 4 * 1024 * 1024
_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*")
_HEIF = (b"heic", b"heix", b"mif1", b"avif")
_EXTERNAL = re.compile(rb"<Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
_ACTIONS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|SubmitForm|ImportData)\b")


class Kind(StrEnum):
    """What a file is."""

    SHEET = "sheet"
    OLD_SHEET = "old-sheet"
    WORD = "word"
    PDF = "pdf"
    PICTURE = "picture"
    JSON = "json"
    TEXT = "text"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Danger:
    """The kind of a file, why it is refused (None: it is read), and what was left asleep."""

    kind: Kind
    refused: Message | None = None
    asleep: list[Message] = field(default_factory=list)


def look(data: bytes) -> Danger:
    """What the bytes are. Reads directories and relationships only; never raises."""
    if not data.strip(b"\x00 \r\n\t"):
        return Danger(Kind.UNKNOWN, message("intake.empty"))
    if len(data) > LARGEST_FILE:
        return Danger(Kind.UNKNOWN, message("intake.file_too_large", most=LARGEST_FILE // 1024**2))
    if data.startswith(b"PK"):
        return _package(data)
    if data.startswith(_CFB):
        return _compound(data)
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith(_PICTURES) or data[8:12] == b"WEBP" or (data[4:8] == b"ftyp" and data[8:12] in _HEIF):
        return Danger(Kind.PICTURE)
    if data.startswith((b"MZ", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        return Danger(Kind.UNKNOWN, message("intake.unknown_form"))
    start = data[:256].lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"{\\rtf"):
        return Danger(Kind.UNKNOWN, message("intake.old_word"))
    return Danger(Kind.JSON if start.startswith((b"{", b"[{")) else Kind.TEXT)


def _package(data: bytes) -> Danger:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return _of_parts(package)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError):
        return Danger(Kind.UNKNOWN, message("intake.broken"))


def _of_parts(package: zipfile.ZipFile) -> Danger:
    parts = package.infolist()
    names = [part.filename.lower().replace("\\", "/") for part in parts]
    kind = Kind.UNKNOWN
    if any(name.startswith("xl/") for name in names) or "content.xml" in names:
        kind = Kind.SHEET
    elif any(name.startswith("word/") for name in names):
        kind = Kind.WORD
    if any(part.flag_bits & 1 for part in parts):
        return Danger(kind, message("intake.password"))
    if kind is Kind.UNKNOWN:
        return Danger(kind, message("intake.archive"))
    inside = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or inside > LARGEST_INSIDE or any(part.file_size > LARGEST_PART for part in parts):
        return Danger(kind, message("intake.bomb", inside=inside // 1024**2))
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name or name.startswith("basic/") for name in names):
        return Danger(kind, message("intake.macro"))
    asleep = []
    if any("/embeddings/" in name or "/activex/" in name or name.startswith("object ") for name in names):
        asleep.append(message("intake.embedded"))
    if any("/externallinks/" in name or name.endswith(("connections.xml", "querytables")) for name in names) or any(
        _reaches_out(package, part) for part in parts if part.filename.lower().endswith(".rels")
    ):
        asleep.append(message("intake.external_link"))
    return Danger(kind, None, asleep)


def _reaches_out(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether opening the document would fetch something; a link that somebody must click does not."""
    with package.open(part) as stream:
        text = stream.read(_MARKUP)
    return any(b"/hyperlink" not in relation.group().lower() for relation in _EXTERNAL.finditer(text))


def _compound(data: bytes) -> Danger:
    """The container of the old formats; its directory holds the names of streams as UTF-16."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        return Danger(Kind.SHEET, message("intake.password"))
    if holds("WordDocument") and not holds("Workbook"):
        return Danger(Kind.WORD, message("intake.old_word"))
    if not (holds("Workbook") or holds("Book")):
        return Danger(Kind.UNKNOWN, message("intake.unknown_form"))
    if holds("_VBA_PROJECT"):
        return Danger(Kind.OLD_SHEET, message("intake.macro"))
    asleep = [message("intake.embedded")] if holds("\x01Ole") else []
    return Danger(Kind.OLD_SHEET, None, asleep)


def _pdf(data: bytes) -> Danger:
    """A PDF may hide its actions in compressed objects: the reader of PDF looks there too (`formats.pdf.acts`)."""
    found = _ACTIONS.search(data)
    return Danger(Kind.PDF, None, [message("intake.pdf_acts")] if found else [])
