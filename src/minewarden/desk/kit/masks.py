"""Personal details with their middle hidden, for lists that many people see."""

_HIDDEN = "*"


def name(text: str) -> str:
    """张三 -> 张*, 王小明 -> 王**."""
    text = text.strip()
    return text[:1] + _HIDDEN * max(len(text) - 1, 1) if text else ""


def phone(text: str) -> str:
    """13800001234 -> 138****1234."""
    text = text.strip()
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 8 else _HIDDEN * len(text)


def mac(text: str) -> str:
    """02:00:5e:10:00:01 -> 02:00:5e:**:**:**: the maker stays readable, the device does not."""
    return f"{text[:8]}:**:**:**" if len(text) == 17 else _HIDDEN * len(text)


def login(text: str) -> str:
    """t20180317 -> t2****17."""
    return f"{text[:2]}****{text[-2:]}" if len(text) > 4 else text[:1] + "***" if text else ""


MASKS = {"name": name, "phone": phone, "mac": mac, "login": login}
