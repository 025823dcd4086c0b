"""The codings in which wallets are written, with their checksums: Base58, Base58Check, Bech32(m), CashAddr, Keccak-256.

Sources: BIP 13, BIP 173, BIP 350, EIP-55, the CashAddr specification, CryptoNote's Base58 blocks, the Keccak reference
(padding 0x01, which is why hashlib's SHA-3 does not serve).
"""

import hashlib

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_INDEX = {letter: value for value, letter in enumerate(_ALPHABET)}
_BLOCK_LETTERS = (0, 2, 3, 5, 6, 7, 9, 10, 11)
"""CryptoNote writes n bytes of a block with this many letters."""
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_MARKS = {1: "bech32", 0x2BC830A3: "bech32m"}


def base58_encode(raw: bytes) -> str:
    """Bytes as Base58; leading zero bytes become leading ones."""
    number, letters = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        letters = _ALPHABET[digit] + letters
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + letters


def base58_decode(text: str) -> bytes:
    """The bytes of a Base58 text. Raises ValueError for a letter that is not of the alphabet or a text over 128."""
    if len(text) > 128:
        raise ValueError("too long for an address")
    number = 0
    for letter in text:
        if letter not in _INDEX:
            raise ValueError(f"not a letter of Base58: {letter!r}")
        number = number * 58 + _INDEX[letter]
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


def base58check_encode(payload: bytes) -> str:
    """Version and hash, followed by four bytes of double SHA-256."""
    return base58_encode(payload + _double_sha256(payload)[:4])


def base58check_decode(text: str) -> bytes:
    """The payload (version and hash) of a Base58Check text. Raises ValueError where the checksum is wrong."""
    raw = base58_decode(text)
    if len(raw) < 5 or _double_sha256(raw[:-4])[:4] != raw[-4:]:
        raise ValueError("the checksum is wrong")
    return raw[:-4]


def _double_sha256(raw: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(raw).digest()).digest()


def blocks58_encode(raw: bytes) -> str:
    """CryptoNote's Base58: blocks of eight bytes as eleven letters each."""
    parts = []
    for start in range(0, len(raw), 8):
        block = raw[start : start + 8]
        number, letters = int.from_bytes(block, "big"), ""
        for _ in range(_BLOCK_LETTERS[len(block)]):
            number, digit = divmod(number, 58)
            letters = _ALPHABET[digit] + letters
        parts.append(letters)
    return "".join(parts)


def blocks58_decode(text: str) -> bytes:
    """The bytes of CryptoNote's Base58. Raises ValueError where a block cannot be one."""
    if len(text) > 256:
        raise ValueError("too long for an address")
    raw = bytearray()
    for start in range(0, len(text), 11):
        block = text[start : start + 11]
        if len(block) not in _BLOCK_LETTERS or any(letter not in _INDEX for letter in block):
            raise ValueError("not a block of Base58")
        number = 0
        for letter in block:
            number = number * 58 + _INDEX[letter]
        size = _BLOCK_LETTERS.index(len(block))
        if number >= 1 << (8 * size):
            raise ValueError("a block of Base58 overflows")
        raw += number.to_bytes(size, "big")
    return bytes(raw)


def cryptonote_encode(payload: bytes) -> str:
    """Prefix and keys, followed by four bytes of Keccak-256."""
    return blocks58_encode(payload + keccak256(payload)[:4])


def cryptonote_decode(text: str) -> bytes:
    """The payload of a CryptoNote address. Raises ValueError where the checksum is wrong."""
    raw = blocks58_decode(text)
    if len(raw) < 5 or keccak256(raw[:-4])[:4] != raw[-4:]:
        raise ValueError("the checksum is wrong")
    return raw[:-4]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


def _expanded(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def bech32_encode(prefix: str, values: list[int], mark: str = "bech32") -> str:
    """A prefix and values of five bits as Bech32 or Bech32m."""
    constant = next(number for number, name in _BECH32_MARKS.items() if name == mark)
    check = _polymod([*_expanded(prefix), *values, *[0] * 6]) ^ constant
    letters = [*values, *(check >> 5 * (5 - i) & 31 for i in range(6))]
    return prefix + "1" + "".join(BECH32[value] for value in letters)


def bech32_decode(text: str) -> tuple[str, list[int], str]:
    """Prefix, values of five bits without the checksum, and "bech32" or "bech32m". Raises ValueError."""
    if len(text) > 128 or (text.lower() != text and text.upper() != text):
        raise ValueError("not Bech32")
    prefix, separator, data = text.lower().rpartition("1")
    if not separator or not prefix or len(data) < 6 or any(letter not in BECH32 for letter in data):
        raise ValueError("not Bech32")
    values = [BECH32.index(letter) for letter in data]
    mark = _BECH32_MARKS.get(_polymod([*_expanded(prefix), *values]))
    if mark is None:
        raise ValueError("the checksum is wrong")
    return prefix, values[:-6], mark


def _cash_polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 35
        check = (check & 0x07FFFFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)):
            check ^= generator if top >> bit & 1 else 0
    return check ^ 1


def cashaddr_encode(prefix: str, values: list[int]) -> str:
    """A prefix and values of five bits with a colon between them, as Bitcoin Cash and Kaspa write addresses."""
    check = _cash_polymod([*(ord(letter) & 31 for letter in prefix), 0, *values, *[0] * 8])
    letters = [*values, *(check >> 5 * (7 - i) & 31 for i in range(8))]
    return prefix + ":" + "".join(BECH32[value] for value in letters)


def cashaddr_decode(text: str) -> tuple[str, list[int]]:
    """Prefix and values of five bits without the checksum. Raises ValueError."""
    prefix, separator, data = text.lower().partition(":")
    if len(text) > 160 or not separator or len(data) < 9 or any(letter not in BECH32 for letter in data):
        raise ValueError("not of the form prefix:letters")
    values = [BECH32.index(letter) for letter in data]
    if _cash_polymod([*(ord(letter) & 31 for letter in prefix), 0, *values]):
        raise ValueError("the checksum is wrong")
    return prefix, values[:-8]


def five_bits(raw: bytes) -> list[int]:
    """Bytes as values of five bits, padded with zero bits at the end."""
    bits = "".join(f"{byte:08b}" for byte in raw)
    bits += "0" * (-len(bits) % 5)
    return [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]


def checksummed_hex(address: bytes) -> str:
    """Twenty bytes as `0x...` in the mixed case of EIP-55."""
    digits = address.hex()
    marks = keccak256(digits.encode()).hex()
    return "0x" + "".join(d.upper() if int(m, 16) >= 8 else d for d, m in zip(digits, marks, strict=False))


_ROTATIONS = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)
_MASK = (1 << 64) - 1


def _round_constants() -> tuple[int, ...]:
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            constant |= (register & 1) << ((1 << power) - 1)
            register = register << 1 ^ (0x171 if register >> 7 else 0)
        constants.append(constant)
    return tuple(constants)


_CONSTANTS = _round_constants()


def _turned(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & _MASK if by else lane


def _permuted(a: list[list[int]]) -> list[list[int]]:
    for constant in _CONSTANTS:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[x - 1] ^ _turned(c[(x + 1) % 5], 1) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = _turned(a[x][y] ^ d[x], _ROTATIONS[x][y])
        a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        a[0][0] ^= constant
    return a


def keccak256(raw: bytes) -> bytes:
    """Keccak-256 as Ethereum and Monero use it (before NIST changed the padding)."""
    rate = 136
    padded = bytearray(raw) + b"\x01" + b"\0" * (-(len(raw) + 1) % rate)
    padded[-1] |= 0x80
    state = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), rate):
        for lane in range(rate // 8):
            state[lane % 5][lane // 5] ^= int.from_bytes(padded[start + 8 * lane : start + 8 * lane + 8], "little")
        state = _permuted(state)
    return b"".join(state[lane % 5][lane // 5].to_bytes(8, "little") for lane in range(4))
