"""Names that many strangers share."""

import pytest

from minewarden.intel.suffix import SHARED_ROOTS, is_shared


@pytest.mark.parametrize("name", ["com", "edu.cn", "co.uk", "github.io", "mooo.com", "anything-new-tld"])
def test_shared(name: str) -> None:
    assert is_shared(name)


@pytest.mark.parametrize("name", ["f2pool.com", "mine.zpool.ca", "user.github.io", "pool.mooo.com", "school.edu.cn"])
def test_owned(name: str) -> None:
    assert not is_shared(name)


def test_the_own_list_only_holds_names_in_their_one_spelling() -> None:
    assert all(name == name.lower().strip(".") and "." in name for name in SHARED_ROOTS)
