"""What a record is worth today, and why, in sentences that a teacher can follow.

Half-lives, ends, weights and caps are those of the field notes on intelligence (§4.1, §4.2). Time counts from the last
day on which a source itself saw or reviewed the indicator; that a list still carries it proves nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from minewarden.intel.decay import (
    CAPS,
    CATALOGUE_FAMILY,
    FAMILY_WEIGHTS,
    UNKNOWN_FAMILY_WEIGHT,
    Claim,
    corroborated,
    half_life,
)
from minewarden.intel.record import MATCHED, Record, Type, Verified, Voice
from minewarden.vocab.indicator import Indicator, Kind, Role
from minewarden.vocab.message import Message, message

LOCAL_FAMILY = "local-handshake"
FALSE_POSITIVE_FACTOR = 0.5
"""What one unit's word that a hit was harmless leaves of the score."""

_FINGERPRINT = timedelta(days=90)
_FINGERPRINT_CAP = 10
_FINGERPRINTS = frozenset({Type.JA3, Type.JA3S, Type.JA4})
_EXACT = frozenset({Type.SHA256, Type.CERT_SHA256})

_ROLE_CAPS = {
    Role.P2P_SEED: "p2p-seed",
    Role.NODE: "p2p-seed",
    Role.POOL_WEBSITE: "website",
    Role.POOL_API: "website",
    Role.EXCHANGE: "website",
    Role.WALLET: "website",
    Role.EXPLORER: "website",
    Role.EDUCATION: "website",
    Role.MARKETPLACE: "marketplace",
    Role.GPU_RENTAL: "marketplace",
}


@dataclass(frozen=True, slots=True)
class Worth:
    """`score` from 0 to 100, and the reasons, the weightiest first."""

    score: float
    reasons: tuple[Message, ...]


def voice_half_life(record: Record, voice: Voice) -> timedelta | None:
    """After how long one source's word is worth half as much; None where it never fades (the hash of a file)."""
    if record.type in _EXACT:
        return None
    if record.type in _FINGERPRINTS:
        return _FINGERPRINT
    kind = MATCHED.get(record.type, Kind.HOST)
    verified = voice.verified is not Verified.NONE
    if kind is Kind.IP_PORT and not verified:
        kind = Kind.IP  # Nobody saw it mine: no better than any address out of a list.
    family = CATALOGUE_FAMILY if voice.verified is Verified.REVIEW else voice.family
    return half_life(Indicator(kind, record.value, record.role, "", source_family=family))


def lifetime(kind: Type, role: Role, verified: Verified = Verified.NONE) -> timedelta:
    """How long after it was last seen an indicator may be used at most."""
    if kind in _EXACT:
        return timedelta(days=5 * 365)
    if kind in (Type.IP, Type.CIDR):
        return timedelta(days=30)
    if kind is Type.IP_PORT:
        return timedelta(days=30 if verified is Verified.NONE else 180)
    reviewed = verified is Verified.REVIEW and role not in (Role.MALWARE_C2, Role.JS_MINER)
    return timedelta(days=730 if reviewed else 365)


def worth(record: Record, at: datetime) -> Worth:
    """The score at an instant, explained. Revoked or past its end: 0."""
    if record.revoked is not None and record.revoked <= at:
        return Worth(0.0, (message("worth.revoked", at=record.revoked),))
    if record.valid_until is not None and record.valid_until <= at:
        return Worth(0.0, (message("worth.over", at=record.valid_until),))
    return Worth(score_of(record, at), tuple(_reasons(record, at, _caps(record))))


def score_of(record: Record, at: datetime) -> float:
    """The score of `worth`, from 0 to 100, without the reasons: whoever chooses among thousands reads none."""
    if any(end is not None and end <= at for end in (record.revoked, record.valid_until)):
        return 0.0
    claims = [Claim(voice.family, _freshness(record, voice, at)) for voice in record.voices]
    if record.last_sighting is not None:
        claims.append(Claim(LOCAL_FAMILY, _fade(at - record.last_sighting, _sighting_half_life(record))))
    caps = _caps(record)
    left = corroborated(claims, caps)
    if record.type in _FINGERPRINTS:
        left = min(left, float(_FINGERPRINT_CAP))
    return left * FALSE_POSITIVE_FACTOR**record.false_positives


def _freshness(record: Record, voice: Voice, at: datetime) -> float:
    half = voice_half_life(record, voice)
    return 1.0 if half is None else _fade(at - voice.seen, half)


def _sighting_half_life(record: Record) -> timedelta:
    """Traffic seen here proves the indicator as a review would."""
    proof = Voice("", LOCAL_FAMILY, "own", record.last_sighting, record.last_sighting, Verified.LOCAL)  # type: ignore[arg-type]
    return voice_half_life(record, proof) or timedelta(days=365)


def _fade(age: timedelta, half: timedelta) -> float:
    return float(2.0 ** -(max(age, timedelta(0)) / half))


def _caps(record: Record) -> list[str]:
    caps = [flag for flag in record.flags if flag in CAPS]
    if record.role in _ROLE_CAPS and not record.ports:
        caps.append(_ROLE_CAPS[record.role])
    return sorted(set(caps))


def _reasons(record: Record, at: datetime, caps: list[str]) -> list[Message]:
    families = record.families
    said: list[Message] = []
    if record.sightings and record.last_sighting is not None:
        said.append(message("worth.sighted", count=record.sightings, at=record.last_sighting))
    if families:
        count = len(families)
        said.append(message("worth.families" if count > 1 else "worth.family", count=count, names=", ".join(families)))
        best = max(record.voices, key=lambda voice: _weight(voice) * _freshness(record, voice, at))
        half = voice_half_life(record, best)
        days = max((at - best.seen).days, 0)
        if half is None:
            said.append(message("worth.never_fades"))
        else:
            key = "worth.halves" if days else "worth.halves_today"
            said.append(message(key, half=half.days, days=days, source=best.source))
    gone = sum(voice.gone is not None for voice in record.voices)
    if gone:
        said.append(message("worth.gone", count=gone))
    said.extend(message(f"worth.cap_{cap.replace('-', '_')}", most=CAPS[cap]) for cap in caps)
    if record.type in _FINGERPRINTS:
        said.append(message("worth.fingerprint", most=_FINGERPRINT_CAP))
    if record.false_positives:
        said.append(message("worth.false_positives", count=record.false_positives))
    if record.valid_until is not None:
        said.append(message("worth.until", at=record.valid_until))
    return said


def _weight(voice: Voice) -> float:
    return FAMILY_WEIGHTS.get(voice.family, UNKNOWN_FAMILY_WEIGHT)
