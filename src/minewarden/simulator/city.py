"""An invented city: 云川市 with its bureau, a district, schools, their networks, devices and people.

Nothing in it exists: the code 419901 is not assigned, public addresses are those kept for documentation, and names are
made up (some of rare characters, because real people have them).
"""

from dataclasses import dataclass

from minewarden.vocab.net import Endpoint

CITY_CODE = "419901"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the tree. `parent` is the name of the superior unit, "" for the bureau."""

    name: str
    short: str
    kind: str
    code: str
    parent: str
    inside: str = ""
    """The private range inside, as CIDR."""
    egress: str = ""
    """The public range of its own exit, as CIDR; "": it uses its superior's."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the ledger knows it, and how the network sees it."""

    asset: str
    name: str
    kind: str
    ip: str
    mac: str
    hostname: str
    switch: str
    port: str
    place: str
    department: str
    person: str
    unit: str
    login: str = ""
    vlan: int = 1


BUREAU = Unit("云川市教育局", "市教育局", "city_bureau", CITY_CODE, "")
DISTRICT = Unit("东湖区教育局", "东湖区", "district", "419902", BUREAU.name, egress="203.0.113.0/28")
MIDDLE = Unit("云川市第一中学", "一中", "school", "3441000001", BUREAU.name, "10.12.0.0/16", "198.51.100.16/28")
COLLEGE = Unit("云川职业技术学院", "职院", "school", "4141099901", BUREAU.name, "10.64.0.0/16", "198.51.100.64/27")
PRIMARY = Unit("东湖区实验小学", "实验小学", "school", "2141000032", DISTRICT.name, "10.31.9.0/24")
KINDERGARTEN = Unit("东湖区向阳幼儿园", "向阳幼儿园", "kindergarten", "1141000077", DISTRICT.name, "10.31.40.0/24")
UNITS = (BUREAU, DISTRICT, MIDDLE, COLLEGE, PRIMARY, KINDERGARTEN)

JF07 = Device(
    *("ZC-YZ-0107", "机房7号机", "教学终端", "10.12.9.14", "02:12:09:00:00:14", "JF-07"),
    *("SW-3F-02", "GE1/0/7", "主校区-实验楼-302机房", "信息技术教研组", "张喆", MIDDLE.name),
    vlan=9,
)
OFFICE = Device(
    *("ZC-YZ-0031", "办公电脑", "办公终端", "10.12.3.21", "02:12:03:00:00:21", "BG-31"),
    *("SW-1F-01", "GE1/0/12", "主校区-行政楼-105", "教务处", "王㛃·阿卜杜拉", MIDDLE.name),
    vlan=3,
)
GPU02 = Device(
    *("ZC-ZY-GPU02", "人工智能实训服务器02", "GPU工作站", "10.64.2.20", "02:64:02:00:00:20", "gpu02"),
    *("SW-LAB-01", "XGE1/0/2", "南校区-实训楼-501", "信息工程系", "李䶮", COLLEGE.name),
    vlan=2,
)
LAPTOP = Device(
    *("", "学生笔记本", "办公终端", "10.64.8.55", "02:64:08:00:00:55", "LAPTOP-7K2Q"),
    *("SW-DORM-05", "GE1/0/33", "", "", "", COLLEGE.name),
    login="s20261234",
    vlan=8,
)
OLD_SERVER = Device(
    *("ZC-SX-0003", "旧资源服务器", "服务器", "10.31.9.14", "02:31:09:00:00:a3", "srv-old"),
    *("SW-XX-01", "GE1/0/2", "教学楼-201-弱电间", "信息中心", "赵翀", PRIMARY.name),
)
SPARE_PC = Device(
    *("ZC-SX-0018", "备课室电脑", "办公终端", "10.31.9.22", "02:31:09:00:00:b8", "BK-18"),
    *("SW-XX-01", "GE1/0/9", "教学楼-108-备课室", "语文组", "孙玥", PRIMARY.name),
)
TEACHER_PC = Device(
    *("ZC-SX-0021", "美术组电脑", "办公终端", "10.31.9.30", "02:31:09:00:00:c1", "MS-21"),
    *("SW-XX-01", "GE1/0/15", "教学楼-210", "美术组", "周珺", PRIMARY.name),
)
NOTED = (JF07, OFFICE, GPU02, LAPTOP, OLD_SERVER, SPARE_PC, TEACHER_PC)

KEEPERS = (
    ("刘静", "林舒", "周岚", "许闻"),
    ("丁遥", "王冬", "王冬", "贺川"),
    ("沈知远", "陈一鸣", "陈一鸣", "张喆"),
    ("高砚", "何晓", "何晓", "李䶮"),
    ("罗绮", "赵翀", "赵翀", "孙玥"),
    ("李园", "李园", "李园", "苗禾"),
)
"""For each of UNITS: who bears the first and the direct responsibility, and contacts A and B."""

DISTRICT_EXIT = "203.0.113.10"
DISTRICT_RESOLVER = "10.31.0.53"
MIDDLE_RESOLVER = Endpoint("10.12.0.53", 53)
COLLEGE_RESOLVER = "10.64.0.53"

# Clocks as their keepers registered them: device minus true time, in seconds (scenario of the tilted clocks).
NAT_OFFSET_S, DHCP_OFFSET_S = 192, -45


def classroom(unit: Unit, count: int) -> list[Device]:
    """The ordinary devices of a unit: they mine nothing and fill its ledger, its leases and its switch tables."""
    prefix = ".".join(unit.inside.split(".")[:2])
    third, code = ("20", "YZ") if unit is MIDDLE else ("30", "ZY")
    if unit is PRIMARY:
        prefix, third, code = "10.31", "9", "SX"
    return [
        Device(
            asset=f"ZC-{code}-{500 + number:04d}",
            name=f"{unit.short}教学终端{number:02d}",
            kind="教学终端",
            ip=f"{prefix}.{third}.{100 + number}",
            mac=f"02:{int(prefix.split('.')[1]):02x}:{int(third):02x}:01:00:{number:02x}",
            hostname=f"JX-{code}-{number:02d}",
            switch=f"SW-{code}-11",
            port=f"GE1/0/{number}",
            place=f"教学楼-{200 + number}",
            department="教务处",
            person=f"{'赵钱孙李周吴郑'[number % 7]}老师{number:02d}",
            unit=unit.name,
        )
        for number in range(1, count + 1)
    ]
