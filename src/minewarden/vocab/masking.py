"""Covers what names a person: accounts and wallets keep their ends, enough to compare two, too little to misuse."""

_KEPT = 4


def masked_account(account: str) -> str:
    """An account or wallet with its middle covered: `44AF…9xQ2`; short ones keep only their first character."""
    if not account:
        return ""
    if len(account) <= 2 * _KEPT + 2:
        return account[0] + "…"
    return f"{account[:_KEPT]}…{account[-_KEPT:]}"
