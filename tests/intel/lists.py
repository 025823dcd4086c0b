"""What tests of intelligence share: a source, an instant, a list in bytes read as a source reads it."""

from datetime import UTC, datetime
from typing import Any

from minewarden.intel.feeds.entry import Entry, Reject
from minewarden.intel.feeds.reading import Listing, read_bytes
from minewarden.intel.record import Record, Type, Verified, Voice
from minewarden.intel.source import Source
from minewarden.vocab.indicator import Role

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)


def source(form: str = "plain", **more: Any) -> Source:
    return Source(**{"name": "list", "form": form, "licence": "MIT", **more})


def listed(text: str | bytes, form: str = "plain", **more: Any) -> Listing:
    return read_bytes(text.encode() if isinstance(text, str) else text, source(form, **more), "list.txt")


def taken(listing: Listing) -> list[str]:
    return [f"{entry.type.value} {entry.value}" for entry in listing.entries]


def refused(listing: Listing) -> list[tuple[int, str]]:
    return [(one.line, one.reason.id) for one in listing.rejects]


def only(listing: Listing) -> Entry:
    (entry,) = listing.entries
    return entry


def record(
    value: str = "xmr.example.net", kind: Type = Type.HOST, role: Role = Role.POOL_ENDPOINT, **more: Any
) -> Record:
    voice = Voice("list", more.pop("family", "list"), more.pop("licence", "MIT"), more.pop("seen", NOW), NOW)
    return Record(**{"type": kind, "value": value, "role": role, "voices": (voice,), **more})


def voice(family: str, *, seen: datetime = NOW, verified: Verified = Verified.NONE, **more: Any) -> Voice:
    return Voice(
        **{
            "source": family,
            "family": family,
            "licence": "MIT",
            "seen": seen,
            "first": NOW,
            "verified": verified,
            **more,
        }
    )


__all__ = ["NOW", "Reject", "listed", "only", "record", "refused", "source", "taken", "voice"]
