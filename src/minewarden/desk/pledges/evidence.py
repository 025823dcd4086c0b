"""What proves a pledge: handwriting in the database and scans on the disk, both sealed, opened by hash."""

from minewarden.desk.kit import kept, sealed
from minewarden.desk.pledges.ink import Ink as Strokes
from minewarden.desk.pledges.ink import unpacked
from minewarden.desk.pledges.models import Scan, Signature

_FOLDER, _PURPOSE = "pledges", "pledge-scan"


def purpose(ink_sha256: str) -> str:
    """What a sealed handwriting is for: it cannot be put in the place of another."""
    return f"pledge-ink.{ink_sha256}"


def strokes_of(signature: Signature) -> Strokes:
    """The handwriting of a signature, opened. Raises ConfigError where the key is gone or it was altered."""
    return unpacked(sealed.unseal(bytes(signature.ink.sealed), purpose(signature.ink_sha256)))


def keep(content: bytes) -> str:
    """Keep the file of a scan; it is on the disk when this returns its place."""
    return kept.keep(content, _FOLDER, _PURPOSE)


def content_of(scan: Scan) -> bytes:
    """The file as it was handed in. Raises ConfigError where it is gone, was changed, or the key is another."""
    return kept.read(_FOLDER, _PURPOSE, scan.place, scan.sha256)
