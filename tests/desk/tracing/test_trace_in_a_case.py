"""Logs are uploaded to a case, candidates come out, and a person takes them in; the logs themselves are not kept."""

import re
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions
from minewarden.desk.cases.models import Case, Notice
from minewarden.desk.cases.notified import open_for_notice
from minewarden.desk.cases.opening import Facts
from minewarden.desk.ledger.models import Asset, LogSource
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW
from tests.scenarios.n3_clock_skew import test_clock_skew as n3

SEEN = datetime(2026, 3, 12, 13, 14, 37, tzinfo=UTC)
NAT = (
    "time,end,inside_ip,inside_port,outside_ip,outside_port,dst_ip,dst_port\n"
    "2026-03-12 21:12:58,2026-03-12 21:21:48,10.12.9.14,51022,203.0.113.10,40213,198.51.100.77,3333\n"
    "2026-03-12 21:10:00,2026-03-12 21:30:00,10.12.9.20,51022,203.0.113.10,40999,198.51.100.77,3333\n"
)
LEASES = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
    "10.12.9.14,02:00:00:00:00:0b,,86400,1773381600,1,0,0,jf-07,0,,0\n"
)
SOURCES = '[[source]]\nmatch = "*.csv"\nzone = "Asia/Shanghai"\noffset = "0s"\n'


@pytest.fixture
def case(city, staff) -> Case:
    unit = city.first_school
    Asset.objects.create(
        unit=unit, number="ZC-0007", name="实训机", mac="02:00:00:00:00:0b", place="三楼机房", person_name="张喆"
    )
    notice = Notice.objects.create(
        unit=unit, received_at=NOW, source="省中心", entered_at=NOW, entered_by=staff.handler
    )  # fmt: skip
    facts = Facts(host="203.0.113.10", host_port=40213, server="198.51.100.77", port=3333, first_seen=SEEN)
    return open_for_notice(by=staff.handler, now=NOW, unit=unit, notice=notice, facts=facts)


def logs():
    given = {"nat.csv": NAT, "kea-leases.csv": LEASES, "sources.toml": SOURCES}
    return [SimpleUploadedFile(name, text.encode()) for name, text in given.items()]


def question(**more):
    known = {"public": "203.0.113.10:40213", "at": "2026-03-12T21:14:37", "to": "198.51.100.77:3333"}
    return known | {"tolerance": "60", "zone": "Asia/Shanghai"} | more


def asked(client, case, **more):
    return client.post(reverse("tracing:trace", args=[case.pk]), question(**more)).content.decode()


def sealed(page):
    return re.search(r'name="sealed" value="([^"]+)"', page)[1]


def test_the_form_knows_what_the_notice_said(case, staff, login):
    page = login(staff.handler).get(reverse("tracing:trace", args=[case.pk])).content.decode()
    for known in ("203.0.113.10:40213", "2026-03-12T21:14:37", "198.51.100.77:3333"):
        assert f'value="{known}"' in page


def test_from_uploaded_logs_to_a_candidate_that_a_person_takes_in(case, staff, login):
    client = login(staff.handler)
    page = asked(client, case, logs=logs())
    assert "10.12.9.14" in page
    assert "ZC-0007" in page
    assert "张喆" not in page  # masked until somebody says why he must see it
    assert not case.candidates.exists()  # nothing is in the case before a person takes it
    answer = client.post(reverse("tracing:take", args=[case.pk]), {"sealed": sealed(page)})
    assert answer["Location"] == reverse("cases:case", args=[case.pk])
    [candidate] = case.candidates.all()
    assert (candidate.internal_ip, candidate.mac, candidate.asset, candidate.person, candidate.certainty) == (
        "10.12.9.14", "02:00:00:00:00:0b", "ZC-0007", "张喆", "unique",
    )  # fmt: skip
    assert candidate.hops[0]["rows"] == [{"source": "nat.csv", "row": 2}]
    case.refresh_from_db()
    assert case.locked_at is None
    [record] = Record.objects.filter(action="case.trace")
    assert set(record.after["sources"]) == {"nat.csv", "kea-leases.csv", "desk-ledger.csv"}


def test_an_answer_is_of_one_case_and_one_person_and_cannot_be_made_up(case, staff, login, make_case):
    page = asked(login(staff.handler), case, logs=logs())
    other = make_case()
    for who, where, what in (
        (staff.colleague, case, sealed(page)),
        (staff.handler, other, sealed(page)),
        (staff.handler, case, sealed(page)[:-3] + "abc"),
        (staff.stranger, case, sealed(page)),
    ):
        answer = login(who).post(reverse("tracing:take", args=[where.pk]), {"sealed": what})
        assert answer.status_code == 404, who


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"public": "pool.example.net"}, "pool.example.net"),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({}, "没有日志可查"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form(case, staff, login, given, said):
    files = {} if not given else {"logs": logs()}
    answer = login(staff.handler).post(reverse("tracing:trace", args=[case.pk]), question(**given, **files))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_broken_log_is_told_and_the_others_are_used(case, staff, login):
    broken = SimpleUploadedFile("../../etc/noise.bin", b"\x00\x01\x02" * 100)
    page = asked(login(staff.handler), case, logs=[*logs(), broken])
    assert "10.12.9.14" in page
    assert "noise.bin" in page


def test_n3_where_the_lease_changed_both_devices_are_named_and_nothing_is_locked(case, staff, login):
    """The logs of N3: 10.12.9.14 alone, and at the DHCP step two devices, of which a person must say which."""
    given = {"by": staff.handler, "now": NOW}
    actions.start(actions.sign_for(case, **given), **given)
    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in sorted(n3.LOGS.iterdir())]
    files.append(SimpleUploadedFile("sources.toml", (n3.NAT_CLOCK + n3.DHCP_CLOCK).encode()))
    client = login(staff.handler)
    page = asked(client, case, logs=files)
    assert "结果不唯一" in page
    assert "10.12.8.66" not in page
    client.post(reverse("tracing:take", args=[case.pk]), {"sealed": sealed(page)})
    found = [(one.internal_ip, one.mac, one.certainty) for one in case.candidates.all()]
    assert found == [("10.12.9.14", n3.MAC_A, "likely"), ("10.12.9.14", n3.MAC_B, "possible")]
    shown = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "结果不唯一" in shown
    device = {"device_ip": "10.12.9.14", "device_place": "三楼机房"}
    with pytest.raises(TransitionError):
        actions.lock(case, **given, device=device, responsible_name="张喆", responsible_post="管理员")


def test_several_candidates_stay_several(case, staff, login):
    client = login(staff.handler)
    page = asked(client, case, public="203.0.113.10", logs=logs())
    client.post(reverse("tracing:take", args=[case.pk]), {"sealed": sealed(page)})
    assert sorted(one.internal_ip for one in case.candidates.all()) == ["10.12.9.14", "10.12.9.20"]
    assert "unique" not in {one.certainty for one in case.candidates.all()}


def registered(unit, kind, offset, zone="Asia/Shanghai"):
    return LogSource.objects.create(unit=unit, type=kind, device=f"{kind} 服务器", offset=offset, zone=zone)


@pytest.mark.parametrize(
    ("offsets", "addresses"),
    [((192, -45), {"10.12.9.14"}), ((None, -45), {"10.12.8.66", "10.12.9.14"}), ((0, -45), {"10.12.8.66"})],
    ids=["n3-a-registered", "n3-c-unregistered", "taken-for-right"],
)
def test_n3_the_offsets_of_the_ledger_hold_for_the_logs_put_in_for_each_source(case, staff, login, offsets, addresses):
    """Nobody writes a file of declarations: T12 has the clock of the exit and of the DHCP server."""
    nat, dhcp = (registered(case.unit, kind, offset) for kind, offset in zip(("nat", "dhcp"), offsets, strict=True))
    client = login(staff.handler)
    shown = client.get(reverse("tracing:trace", args=[case.pk])).content.decode()
    assert "nat 服务器" in shown
    assert {192: "时钟快 192 秒", None: "台账未登记偏差", 0: "时钟准确"}[offsets[0]] in shown
    assert "时钟慢 45 秒" in shown
    files = {path.name: SimpleUploadedFile(path.name, path.read_bytes()) for path in n3.LOGS.iterdir()}
    given = {f"source_{nat.pk}": files["nat-exit.log"], f"source_{dhcp.pk}": files["kea-leases4.csv"]}
    page = asked(client, case, **given)
    client.post(reverse("tracing:take", args=[case.pk]), {"sealed": sealed(page)})
    found = list(case.candidates.all())
    assert {one.internal_ip for one in found} == addresses
    assert ("时间偏差未登记" in page) is (offsets[0] is None)
    if offsets[0] == 192:
        assert [(one.mac, one.certainty) for one in found] == [(n3.MAC_A, "likely"), (n3.MAC_B, "possible")]


def test_a_clock_holds_for_the_file_it_was_registered_for_and_no_other(case, staff, login):
    """Odd names mean themselves, a zone that is none is left out, and what came along in sources.toml comes second."""
    slow, odd = registered(case.unit, "nat", -600), registered(case.unit, "dhcp", 0, zone="北京时间")

    def files():
        return {
            f"source_{slow.pk}": SimpleUploadedFile('n[a]t"*.csv', NAT.encode()),
            f"source_{odd.pk}": SimpleUploadedFile("kea-leases.csv", LEASES.encode()),
            "logs": logs()[2:],
        }

    client = login(staff.handler)
    assert "10.12.9.14" not in asked(client, case, **files()), "ten minutes later it was true"
    assert "10.12.9.14" in asked(client, case, at="2026-03-12T21:24:37", **files())


def test_whose_log_sources_are_offered(case, staff, people, city, login):
    """Those of the unit; of the exit above for whoever works there; nobody else's."""
    for unit, kind in ((city.first_school, "dhcp"), (city.linjiang, "nat"), (city.riverside, "dns")):
        LogSource.objects.create(unit=unit, type=kind, device=f"{unit.short_name}的设备")
    page = reverse("tracing:trace", args=[case.pk])
    seen = login(staff.handler).get(page).content.decode()
    assert ("市一中的设备" in seen, "临江区的设备" in seen, "江畔小学的设备" in seen) == (True, False, False)
    seen = login(people.officer).get(page).content.decode()
    assert ("市一中的设备" in seen, "临江区的设备" in seen, "江畔小学的设备" in seen) == (True, True, False)


def test_files_for_sources_count_with_the_others(case, staff, login, monkeypatch):
    monkeypatch.setattr("minewarden.desk.tracing.forms.MOST_FILES", 2)
    nat = registered(case.unit, "nat", 0)
    answer = login(staff.handler).post(
        reverse("tracing:trace", args=[case.pk]), question(**{f"source_{nat.pk}": logs()[:1], "logs": logs()[1:]})
    )
    assert answer.status_code == 422
    assert "一次最多 2 个文件" in answer.content.decode()
