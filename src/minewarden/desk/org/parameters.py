"""The numbers that a bureau may set: thresholds, quiet hours, how long things are kept. Dated, with bounds.

The plan leaves several numbers open ("连续", "多次"); each has a default here, and a bureau may set another from a day
on for itself and all below it. The nearest bureau's word holds. What the law or the plan sets as the least is a bound
that nobody goes below; a value that held is never rewritten, so that an earlier decision stays explained.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from django.db.models import Case, Value, When
from django.utils import timezone

from minewarden.desk.kit.once import once
from minewarden.desk.org.models import Parameter, Unit

_MOST_DAYS = 6


class Kind(StrEnum):
    """How a value is written: a whole number, days apart by commas, a time of day."""

    NUMBER = "number"
    DAYS = "days"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Setting:
    """One number: its default and its bounds, as they are written.

    For days, `least` is the least that the last of them may be, and `most` the most that the first may be.
    """

    key: str
    kind: Kind
    default: str
    least: str
    most: str

    def canonical(self, text: str) -> str:
        """The value in its one spelling. Raises ValueError where it cannot be read or lies outside the bounds."""
        given = text.strip().replace("，", ",").replace("、", ",").replace("：", ":")
        if self.kind is Kind.TIME:
            moment = time.fromisoformat(given if len(given.partition(":")[0]) == 2 else f"0{given}")
            if not self.least <= f"{moment:%H:%M}" <= self.most:
                raise ValueError(text)
            return f"{moment:%H:%M}"
        if self.kind is Kind.NUMBER:
            number = int(given)
            if not int(self.least) <= number <= int(self.most):
                raise ValueError(text)
            return str(number)
        days = sorted({int(part) for part in given.split(",")})
        if not 0 < days[0] <= int(self.most) or days[-1] < int(self.least) or len(days) > _MOST_DAYS:
            raise ValueError(text)
        return ",".join(str(day) for day in days)


_NUMBER = Kind.NUMBER
SETTINGS: Mapping[str, Setting] = {
    setting.key: setting
    for setting in (
        # 对连续出现“挖矿”行为的终端: so many confirmed findings on one device within so many days.
        Setting("order_findings", _NUMBER, "2", "2", "5"),
        Setting("order_days", _NUMBER, "30", "30", "180"),
        Setting("order_review_days", _NUMBER, "30", "1", "90"),
        Setting("recurs_days", _NUMBER, "90", "90", "365"),
        Setting("recheck_days", Kind.DAYS, "7,30,90", "90", "7"),
        # 对多次出现“挖矿”行为的单位: so many confirmed cases in a calendar year.
        Setting("honours_cases", _NUMBER, "3", "2", "10"),
        # “连续N天无新增”, beside what is cleared.
        Setting("calm_days", _NUMBER, "30", "7", "365"),
        # 及时转发: hours of work within which a notice should be handed on; hours after which it is pointed out.
        Setting("relay_target_hours", _NUMBER, "4", "1", "16"),
        Setting("relay_alarm_hours", _NUMBER, "24", "2", "48"),
        # A stamped scan beside the report that was submitted; 0 asks for none.
        Setting("stamped_days", _NUMBER, "0", "0", "30"),
        # Fen for one short message, by which warnings are counted.
        Setting("sms_price", _NUMBER, "5", "0", "100"),
        Setting("quiet_from", Kind.TIME, "21:00", "20:00", "23:00"),
        Setting("quiet_until", Kind.TIME, "07:30", "06:00", "09:00"),
        Setting("reminders_a_day", _NUMBER, "2", "1", "2"),
        # Six natural months; the law knows no less.
        Setting("log_days", _NUMBER, "184", "184", "1095"),
        Setting("signature_days", _NUMBER, "30", "1", "90"),
        Setting("scan_days", _NUMBER, "31", "1", "90"),
        # A version of the library blocks for so long; what is still true stands in the next one.
        Setting("library_days", _NUMBER, "90", "7", "180"),
        Setting("ends_within_days", _NUMBER, "60", "14", "180"),
        # 每周至少研判一次 while a campaign is pressed; for the time after it every month, or 0, every week.
        Setting("assessment_monthly", _NUMBER, "1", "0", "1"),
        Setting("assessment_at", Kind.TIME, "16:00", "08:00", "23:00"),
        # How long somebody has to sign a pledge before he is overdue.
        Setting("pledge_days", _NUMBER, "10", "1", "60"),
        Setting("leaver_phone_days", _NUMBER, "180", "30", "1095"),
        # What a host showed of itself in a self-check; longer where it belongs to an open case.
        Setting("host_report_days", _NUMBER, "184", "30", "1095"),
    )
}


@dataclass(frozen=True, slots=True)
class InForce:
    """The values that hold for a unit at a time. `set_by` names the row of each that somebody set."""

    values: Mapping[str, str]
    set_by: Mapping[str, Parameter]

    def number(self, key: str) -> int:
        """A whole number."""
        return int(self.values[key])

    def days(self, key: str) -> tuple[int, ...]:
        """Days, ascending."""
        return tuple(int(day) for day in self.values[key].split(","))

    def time(self, key: str) -> time:
        """A time of day in Beijing."""
        return time.fromisoformat(self.values[key])


def in_force(unit: Unit | None, now: datetime) -> InForce:
    """What holds for a unit: what the nearest bureau set last, else the default; for no unit, the defaults."""
    day = timezone.localdate(now)
    return once(("in_force", unit.pk if unit is not None else None, day), lambda: _in_force(unit, day))


def _in_force(unit: Unit | None, day: date) -> InForce:
    values = {key: setting.default for key, setting in SETTINGS.items()}
    set_by: dict[str, Parameter] = {}
    if unit is not None:
        # Outermost first and then the latest: each overrides what came before it.
        for _, row in set_for(unit):
            if row.since <= day and row.key in values:
                values[row.key], set_by[row.key] = row.value, row
    return InForce(values, set_by)


def set_for(unit: Unit) -> list[tuple[int, Parameter]]:
    """What was ever set by a unit and those above it, with how deep it stands: outermost first and then the latest."""
    above = [*unit.ancestor_ids(), unit.pk]
    rows = once(
        ("set for", unit.pk), lambda: list(Parameter.objects.filter(unit__in=above).select_related("unit", "by"))
    )
    return sorted(((above.index(row.unit_id), row) for row in rows), key=lambda at: (at[0], at[1].since, at[1].pk))


def in_force_for(key: str, now: datetime) -> Callable[[str], str]:
    """One number for many units: what holds for the unit of a path. Asked once, and not for each of thousands."""
    day, of_day = timezone.localdate(now), in_force_by_day(key)
    return lambda path: of_day(path, day)


def in_force_by_day(key: str) -> Callable[[str, date], str]:
    """One number for many units and days: what held for the unit of a path on a day. Asked once, as above."""
    rows = Parameter.objects.filter(key=key).select_related("unit")
    # Innermost first, and of one unit what was set last.
    found = sorted(rows, key=lambda row: (len(row.unit.path), row.since, row.pk), reverse=True)

    def value(path: str, day: date) -> str:
        held = (row.value for row in found if row.since <= day and path.startswith(row.unit.path))
        return next(held, SETTINGS[key].default)

    return value


def in_force_by_row(now: datetime, told: Mapping[str, Callable[[str], Any]]) -> dict[str, Case]:
    """Numbers for the rows of a table, to compare their columns with: what holds for the `unit` of each. Asked once.

    `told`: by the key of each number, what its value is compared as.
    """
    rows = Parameter.objects.filter(key__in=told, since__lte=timezone.localdate(now)).select_related("unit")
    innermost = sorted(rows, key=lambda row: (len(row.unit.path), row.since, row.pk), reverse=True)
    return {
        key: Case(
            *(
                When(unit__path__startswith=row.unit.path, then=Value(compared(row.value)))
                for row in innermost
                if row.key == key
            ),
            default=Value(compared(SETTINGS[key].default)),
        )
        for key, compared in told.items()
    }
