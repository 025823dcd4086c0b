"""Tokens of links, codes on papers, tickets of visitors: made of the desk's key; a copy of the database gives none.

A link's token is not kept: what is kept is its hash, and a salt from which the desk, and nobody without its key, makes
the same token again when a sheet is printed once more.
"""

import base64
import re
import secrets
from collections.abc import Sequence
from hashlib import sha256

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

TOKEN = re.compile(r"[a-z2-7]{26}")
MOST_IN_A_FILE = 2000
"""Codes that are printed into one file."""
MOST_ON_PAPER = 12
"""Other units for which one paper is signed; with more its code has too many points for a scan."""
PAPER = re.compile(rf"MWP1-(\d{{1,12}}(?:\.\d{{1,12}}){{0,{MOST_ON_PAPER}}})-(\d{{1,9}})-([0-9a-f]{{10}})")
_TICKET_SECONDS = 45 * 60


def new_salt() -> str:
    """What makes two links of the same people different."""
    return secrets.token_hex(16)


def token_of(salt: str) -> str:
    """The token of a link: 128 bits, as 26 letters and digits that fit into an address."""
    made = salted_hmac("minewarden.pledges.link", salt, algorithm="sha256").digest()[:16]
    return base64.b32encode(made).decode().rstrip("=").lower()


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def paper_code(signers: Sequence[int], text_id: int) -> str:
    """The text of the QR on a paper: whose pledge, to which text, and a check that only this desk can make. Whoever
    signs for several units at once stands in it with each of his rows."""
    whose = ".".join(map(str, signers))
    return f"MWP1-{whose}-{text_id}-{_check(whose, text_id)}"


def read_paper_code(code: str) -> tuple[tuple[int, ...], int] | None:
    """The signers and the text that a code on a paper names; None for a code of something else, or of another desk."""
    match = PAPER.fullmatch(code)
    if match is None or not constant_time_compare(match[3], _check(match[1], int(match[2]))):
        return None
    return tuple(map(int, match[1].split("."))), int(match[2])


def ticket_of(link_id: int, signer_id: int) -> str:
    """What a visitor who said his name carries to the page on which he signs; it lasts three quarters of an hour."""
    return signing.dumps([link_id, signer_id], salt="minewarden.pledges.ticket")


def read_ticket(ticket: str, link_id: int) -> int | None:
    """The signer whom a ticket of that link names; None where it is another's, was altered, or is over."""
    try:
        whose, signer = signing.loads(ticket, salt="minewarden.pledges.ticket", max_age=_TICKET_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return signer if whose == link_id and isinstance(signer, int) else None


def blind(address: str) -> str:
    """A browser's address as a key to count by, from which it cannot be read back."""
    return salted_hmac("minewarden.pledges.address", address, algorithm="sha256").hexdigest()[:32]


def _check(whose: str, text_id: int) -> str:
    made = salted_hmac("minewarden.pledges.paper", f"{whose}.{text_id}", algorithm="sha256")
    return made.hexdigest()[:10]


def parts_of(count: int) -> tuple[tuple[int, str], ...]:
    """The files that so many codes are printed into, each with the places that it holds; none where one file does."""
    if count <= MOST_IN_A_FILE:
        return ()
    begins = range(0, count, MOST_IN_A_FILE)
    return tuple((at, f"{begin + 1}—{min(begin + MOST_IN_A_FILE, count)}") for at, begin in enumerate(begins, start=1))
