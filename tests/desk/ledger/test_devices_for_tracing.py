"""The ledger answers tracing: by the strongest clue, within one unit's subtree, never with another's device."""

import pytest

from minewarden.desk.ledger import actions
from minewarden.desk.ledger.directory import DeskDirectory
from minewarden.trace.directory import Clues, Directory

pytestmark = pytest.mark.django_db
MAC, OTHER = "02:00:5e:10:00:01", "02:00:5e:10:00:02"


@pytest.fixture
def ledger(city):
    def add(number, unit=city.first_school, **facts):
        actions.add_asset(by=None, unit=unit, number=number, name=facts.pop("name", number), **facts)

    add("PC-1", mac=MAC, ip="10.1.1.1", hostname="JF-07", person_name="秦朗", place="实验楼 302", login="t1")
    add("PC-2", mac=OTHER, ip="10.1.1.2", hostname="JF-08", login="t2", switch_port="sw1 Gi0/2")
    add("PC-3", ip="10.1.1.3")
    add("PC-9", unit=city.yunlu_school, mac=MAC, ip="10.1.1.3", hostname="JF-07")
    add("NS-1", ip="10.1.0.53", name="校园网域名解析服务器")
    directory: Directory = DeskDirectory(city.linjiang)
    return directory


def found(ledger, **clues):
    return [(device.asset, device.key) for device in ledger.devices([Clues(0, 1, **clues)])[0]]


@pytest.mark.parametrize(
    ("clues", "expected"),
    [
        ({"mac": MAC}, [("PC-1", "mac")]),
        ({"mac": MAC, "ip": "10.1.1.2"}, [("PC-1", "mac")]),
        ({"hostname": "jf-07"}, [("PC-1", "hostname")]),
        ({"hostname": "JF-08", "mac": "02:00:5e:10:00:99"}, []),
        ({"ip": "10.1.1.3", "mac": "02:00:5e:10:00:99"}, [("PC-3", "ip")]),
        ({"ip": "10.1.1.2", "mac": "02:00:5e:10:00:99"}, []),
        ({"login": "T2", "mac": "02:00:5e:10:00:99"}, [("PC-2", "login")]),
        ({"switch_port": "SW1 gi0/2"}, [("PC-2", "switch_port")]),
        ({"ip": "10.9.9.9"}, []),
        ({}, []),
    ],
)
def test_the_strongest_clue_counts(ledger, clues, expected):
    assert found(ledger, **clues) == expected


def test_a_device_tells_what_the_ledger_holds(ledger):
    (device,) = ledger.devices([Clues(0, 1, mac=MAC)])[0]
    assert (device.person, device.place, device.unit) == ("秦朗", "实验楼 302", "云川市第一中学")


def test_many_questions_take_few_queries(ledger, django_assert_max_num_queries):
    clues = [Clues(0, 1, mac=MAC, ip=f"10.2.{n // 250}.{n % 250}", hostname=f"h{n}") for n in range(400)]
    with django_assert_max_num_queries(5):
        assert all(len(devices) == 1 for devices in ledger.devices(clues))


def test_resolvers_are_known_by_what_they_are_called(ledger):
    assert ledger.resolvers(["10.1.0.53", "10.1.1.1", "10.9.9.9"]) == {"10.1.0.53"}
