"""The invented district's ledger: 180 schools, 9 412 rows merged by hand, 300 of them wrong in five ways."""

from datetime import UTC, datetime
from typing import Any

from minewarden.desk.ledger.models import Line, UnitRange
from minewarden.desk.org.models import Unit

SCHOOLS, ROWS, OF_EACH = 180, 9412, 60
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
WRONG = ("mac", "ip", "person_name", "person_phone", "number")
Row = dict[str, Any]


def furnish(district: Unit, schools: int = SCHOOLS) -> list[Unit]:
    """Schools below the district, each with a line and an inside range of its own."""
    made = []
    for number in range(schools):
        school = Unit(
            parent=district,
            kind="school",
            name=f"临江区第{number + 1:03}学校",
            short_name=f"临{number + 1:03}",
            path=f"{district.path}new-{number}/",
        )
        school.save()
        school.path = f"{district.path}{school.pk}/"
        school.save(update_fields=["path"])
        line = Line.objects.create(unit=school, number=f"LJ-{number:03}", carrier="telecom")
        UnitRange.objects.create(unit=school, cidr=f"10.{number}.0.0/16", purpose="office", valid_from=SINCE, line=line)
        made.append(school)
    return made


def right_rows(count: int = ROWS, schools: int = SCHOOLS) -> list[Row]:
    """All rows as they should be."""
    rows = []
    for at in range(count):
        school, own = at % schools, at // schools
        rows.append(
            {
                "number": f"LJ{school:03}-{own:04}",
                "unit": f"临江区第{school + 1:03}学校",
                "name": f"教学终端{own}号",
                "category": "teaching",
                "performance": "ordinary",
                "use": "teaching",
                "place": f"教学楼-{own // 20 + 1}层-{own % 20 + 1:02}室",
                "department": "信息中心",
                "person_name": "秦朗",
                "person_number": f"T{school:03}{own:04}",
                "person_phone": f"138{school:04}{own:04}",
                "ip": f"10.{school}.{own // 200}.{own % 200 + 1}",
                "mac": f"02:00:5e:{school:02x}:{own // 256:02x}:{own % 256:02x}",
                "status": "used",
            }
        )
    return rows


def spoiled_rows(rows: list[Row]) -> tuple[list[Row], set[int]]:
    """The rows with 300 errors, and their places: 60 each of bad MAC, address outside the school's range, no person,
    a telephone number of ten digits, and asset numbers that two schools use."""
    spoiled = [dict(row) for row in rows]
    step = len(rows) // (5 * OF_EACH)
    places = [at * step for at in range(5 * OF_EACH)]
    for turn, at in enumerate(places[: 4 * OF_EACH]):
        row = spoiled[at]
        kind = WRONG[turn % 4]
        if kind == "mac":
            row["mac"] = row["mac"][:-1] + "g"
        elif kind == "ip":
            row["ip"] = "10.200.1.1"
        elif kind == "person_name":
            row["person_name"] = ""
        else:
            row["person_phone"] = row["person_phone"][:10]
    doubled = places[4 * OF_EACH :]
    for one, other in zip(doubled[::2], doubled[1::2], strict=True):
        assert spoiled[one]["unit"] != spoiled[other]["unit"]
        spoiled[other]["number"] = spoiled[one]["number"]
    return spoiled, set(places)
