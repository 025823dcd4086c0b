"""What leaves the host carries no wallet, no password and no user's name."""

import pytest

from minewarden.selfcheck.host.mask import line, path, wallet
from tests.selfcheck.hosts import MONERO


@pytest.mark.parametrize(
    ("given", "hidden"),
    [
        (f"a -o pool:3333 -u {MONERO}.rig", MONERO),
        ("a -u x -p hunter2", "hunter2"),
        ("a --password=hunter2 b", "hunter2"),
        ("curl https://me:hunter2@192.0.2.1/", "hunter2"),
        ("/home/zhangwei/.a/b -c x", "zhangwei"),
    ],
)
def test_what_is_hidden(given: str, hidden: str) -> None:
    assert hidden not in line(given)


def test_the_same_user_has_the_same_mark_and_two_wallets_can_be_told_apart() -> None:
    assert path("/home/a/x") == path("/home/a/x") != path("/home/b/x")
    assert wallet(MONERO) == "4899…9999"


def test_what_matched_stays_readable() -> None:
    assert line("x -o stratum+tcp://xmr.pool.example.net:3333 --donate-level 1") == (
        "x -o stratum+tcp://xmr.pool.example.net:3333 --donate-level 1"
    )
