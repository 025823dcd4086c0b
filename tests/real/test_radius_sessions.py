"""From an order to a receipt at a real FreeRADIUS: the session that accounting names is ended or set aside, nobody
else's is, and who is refused stays off until the order ends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minewarden.cli.main import main
from minewarden.enforce.compilers.radius import FILE, RadiusCompiler
from minewarden.enforce.radius import Code, Kind, Unauthentic, address, answer, number, request, text
from minewarden.vocab.blockrule import BlockRule, Target
from tests.enforce.made_orders import order, write_orders
from tests.real.needs import need
from tests.real.radius_server import SECRET, Radius, radius

pytestmark = pytest.mark.real

ZHANG = ("5F3A01", "zhangz", "10.12.9.14", "02-00-00-00-00-0A")
LI = ("5F3A02", "lisi", "10.12.9.15", "02-00-00-00-00-0B")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Radius]:
    with radius(tmp_path / "radius") as running:
        yield running


class Desk:
    """The files beside the command, and the command."""

    def __init__(self, folder: Path, server: Radius, more: str = "", secret: str = SECRET) -> None:
        self.folder, self.server = folder, server
        (folder / "servers").write_text(f"# NAS place secret\n127.0.0.1 127.0.0.1:{server.coa} {secret}\n")
        (folder / "servers").chmod(0o600)
        (folder / "devices.toml").write_text(
            f'[device.access]\nkind = "radius"\nlake = "lake"\nservers = "servers"\ntries = 2\nwait = 0.5\n{more}'
        )
        self.common = ["--devices", str(folder / "devices.toml"), "--book", str(folder / "book"), "--by", "甲"]
        self.plan = str(folder / "plan.json")

    def read_accounting(self) -> None:
        """What FreeRADIUS wrote goes into the lake; a copy, since the lake remembers what it read by its content."""
        data = (self.server.folder / "detail").read_bytes()
        copy = self.folder / f"detail-{len(data)}"
        copy.write_bytes(data)
        assert main(["ingest", str(copy), "--lake", str(self.folder / "lake")]) == 0

    def ordered(self, *orders: dict[str, object]) -> int:
        write_orders(self.folder / "o.json", *orders)
        planned = main(["block", "plan", "--orders", str(self.folder / "o.json"), "--out", self.plan, *self.common])
        return planned or main(["block", "apply", self.plan, *self.common])

    def run(self, *words: str) -> int:
        return main(["block", *words, *self.common])


def test_freeradius_acknowledges_the_right_session_and_nobody_else_s(server: Radius) -> None:
    def asked(login: str, session: str, ip: str, mac: str, secret: bytes = SECRET.encode()) -> bytes:
        attributes = [
            text(Kind.USER_NAME, login),
            address("127.0.0.1", Kind.NAS_IP_ADDRESS, Kind.NAS_IPV6_ADDRESS),
            text(Kind.ACCT_SESSION_ID, session),
            address(ip, Kind.FRAMED_IP_ADDRESS, Kind.FRAMED_IPV6_ADDRESS),
            text(Kind.CALLING_STATION_ID, mac),
            number(Kind.EVENT_TIMESTAMP, int(datetime.now(UTC).timestamp())),
        ]
        return request(Code.DISCONNECT, 7, attributes, secret)

    right = asked("zhangz", "5F3A01", "10.12.9.14", "02-00-00-00-00-0A")
    data = server._sent(server.coa, right)
    assert answer(data, right, SECRET.encode()).code is Code.DISCONNECT_ACK
    with pytest.raises(Unauthentic):
        answer(data, right, b"another")
    for wrong in (
        asked("zhangz", "5F3A02", "10.12.9.14", "02-00-00-00-00-0A"),
        asked("lisi", "5F3A01", "10.12.9.14", "02-00-00-00-00-0A"),
        asked("zhangz", "5F3A01", "10.12.9.15", "02-00-00-00-00-0A"),
        asked("zhangz", "5F3A01", "10.12.9.14", "02-00-00-00-00-0B"),
    ):
        given = answer(server._sent(server.coa, wrong), wrong, SECRET.encode())
        assert (given.code, given.cause) == (Code.DISCONNECT_NAK, 503)


def test_from_the_order_to_the_end_of_the_session(
    tmp_path: Path, server: Radius, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, now = Desk(tmp_path, server), datetime.now(UTC)
    for who in (ZHANG, LI):
        server.account(1, *who)
        server.account(3, *who)
    desk.read_accounting()
    account = order("zhangz", now=now, target="account")
    write_orders(tmp_path / "o.json", account)
    assert main(["block", "plan", "--orders", str(tmp_path / "o.json"), "--out", desk.plan, *desk.common]) == 0
    shown = capsys.readouterr().out
    assert "off 5F3A01@127.0.0.1" in shown
    assert "5F3A02" not in shown
    assert server.asked() == [], "a plan touches nothing"
    receipts = tmp_path / "r.json"
    assert main(["block", "apply", desk.plan, "--receipts", str(receipts), *desk.common]) == 0
    (sent,) = server.asked()
    assert (sent["User-Name"], sent["Acct-Session-Id"], sent["Packet-Type"]) == (
        "zhangz",
        "5F3A01",
        "Disconnect-Request",
    )
    assert "zhangz" not in receipts.read_text()
    (receipt,) = json.loads(receipts.read_text())
    assert (receipt["state"], receipt["items"]) == ("confirmed", 1)
    # The access server tells accounting that it is over: nothing more is held and nothing more is to be done.
    server.account(2, *ZHANG)
    desk.read_accounting()
    assert desk.run("verify") == 0
    # He logs in again: told as drift, and ended by the next plan from the same order. FreeRADIUS does not know this
    # session, which is as good as ended.
    server.account(1, "5F3A09", *ZHANG[1:])
    desk.read_accounting()
    assert desk.run("verify") == 1
    assert desk.ordered(account) == 0
    assert [one["Acct-Session-Id"] for one in server.asked()] == ["5F3A01", "5F3A09"]
    assert desk.run("lift", "zhangz", "--reason", "已清理") == 0
    assert len(server.asked()) == 2, "lifting sends nothing: he logs in by himself"
    assert desk.run("verify") == 0


def test_a_device_is_set_aside_and_let_back(tmp_path: Path, server: Radius) -> None:
    rights = 'act = "coa"\naside = { vlan = 999 }\nnormal = { filter = "student" }\n'
    desk, now = Desk(tmp_path, server, rights), datetime.now(UTC)
    for who in (ZHANG, LI):
        server.account(3, *who)
    desk.read_accounting()
    assert desk.ordered(order("02-00-00-00-00-0b", now=now, target="station")) == 0
    (sent,) = server.asked()
    assert (sent["User-Name"], sent["Packet-Type"]) == ("lisi", "CoA-Request")
    assert [value for name, value in sent.items() if name.startswith("Tunnel-")] == ["VLAN", "IEEE-802", "999"]
    server.account(3, *LI)  # A session that is set aside goes on, and is counted still.
    desk.read_accounting()
    assert desk.run("verify") == 0
    assert desk.run("lift", "02:00:00:00:00:0b", "--reason", "已重装") == 0
    back = server.asked()[-1]
    assert (back["User-Name"], back["Filter-Id"]) == ("lisi", "student")
    assert not any(name.startswith("Tunnel-") for name in back)
    assert desk.run("verify") == 0


def test_a_refusal_is_said_in_words_and_who_was_set_aside_is_let_back(
    tmp_path: Path, server: Radius, capsys: pytest.CaptureFixture[str]
) -> None:
    rights = 'act = "coa"\naside = { filter = "quarantine" }\nnormal = { filter = "student" }\n'
    desk, now = Desk(tmp_path, server, rights), datetime.now(UTC)
    for who in (LI, ("5F3A03", "wangw", "10.12.9.16", "02-00-00-00-00-0C")):
        server.account(3, *who)
    desk.read_accounting()
    orders = [order(login, now=now, target="account") for login in ("lisi", "wangw")]
    assert desk.ordered(*orders) == 1
    said = capsys.readouterr().err
    assert "501" in said
    assert "ask the network centre" in said
    assert "管理策略" in said
    assert [(one["User-Name"], one["Filter-Id"]) for one in server.asked()] == [
        ("lisi", "quarantine"), ("wangw", "quarantine"), ("lisi", "student"),
    ]  # fmt: skip
    assert json.loads((tmp_path / "access.radius.json").read_text())["sessions"] == {}


def test_a_wrong_secret_is_told_and_never_shown(
    tmp_path: Path, server: Radius, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path, server, secret="not-the-secret")
    server.account(3, *ZHANG)
    desk.read_accounting()
    assert desk.ordered(order("zhangz", now=datetime.now(UTC), target="account")) == 1
    said = "".join(capsys.readouterr())
    assert "密钥" in said
    assert "not-the-secret" not in said
    assert not any(b"not-the-secret" in path.read_bytes() for path in (tmp_path / "book").rglob("*") if path.is_file())
    assert server.asked() == []


def test_who_is_refused_stays_off_until_the_order_ends(tmp_path: Path) -> None:
    need("freeradius")
    now = datetime.now(UTC)
    rules = [
        BlockRule(Target.ACCOUNT, "zhang o\\b", now + timedelta(days=7), "案件 3", basis="方案三（三）4"),
        BlockRule(Target.STATION, "02:00:00:00:00:0a", now + timedelta(days=7), "案件 3", basis="方案三（三）4"),
    ]
    users = RadiusCompiler(now=now).compile(rules)[FILE].decode() + "DEFAULT Auth-Type := Accept\n"
    with radius(tmp_path / "radius", users) as server:
        assert not server.login("zhang o\\b", "02-00-00-00-00-FF")
        assert server.login("zhang o", "02-00-00-00-00-FF")
        for spelled in ("02-00-00-00-00-0A", "0200.0000.000a", "0200-0000-000A", "02:00:00:00:00:0a:school"):
            assert not server.login("lisi", spelled), spelled
        assert server.login("lisi", "02-00-00-00-00-0B")
