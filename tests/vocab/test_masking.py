"""Covered accounts: enough to compare two, too little to misuse."""

from hypothesis import given
from hypothesis import strategies as st

from minewarden.vocab.masking import masked_account


@given(st.text(min_size=1, max_size=120).filter(lambda text: "…" not in text))
def test_at_least_two_characters_and_most_of_a_short_account_are_covered(account: str) -> None:
    shown = masked_account(account).replace("…", "")
    assert len(shown) <= max(1, len(account) - 3) or len(account) == 1
    assert len(shown) <= 8
    assert masked_account(account) != account


def test_the_ends_of_a_wallet_are_kept() -> None:
    assert masked_account("44AF" + "x" * 80 + "9xQ2") == "44AF…9xQ2"
    assert masked_account("zhangsan") == "z…"
    assert masked_account("") == ""
