"""The assessment as a document: its content as it is frozen, and that content as paper and as workbook.

The paper is an official Chinese one, so its sentences are always the Chinese ones. Everything in it comes from the
content, nothing from the database: what was frozen prints the same whatever happened since.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, Subquery

from minewarden.desk.assessments import said
from minewarden.desk.assessments.figures import ALL, Asked, Figures, Gathered, Span, gather_all, listed, window_of
from minewarden.desk.assessments.indicators import BASES, BY_KEY, GROUPS, INDICATORS, TALLIES, Window
from minewarden.desk.assessments.met import numbers
from minewarden.desk.assessments.models import Assessment, Version, Zero
from minewarden.desk.assessments.owed import Roll, Standing, roll
from minewarden.desk.assessments.periods import Kind, Period, parse
from minewarden.desk.assessments.phases import gates_of
from minewarden.desk.assessments.sources import from_others
from minewarden.desk.cases.models import number_of
from minewarden.desk.cases.outages import in_outage
from minewarden.desk.kit.told import answers, instant
from minewarden.desk.kit.words import chinese, chinese_of
from minewarden.desk.org.models import FormerName, Unit
from minewarden.documents.charts import Chart, Series, draw
from minewarden.documents.docx import to_docx
from minewarden.documents.leaves import Leaf, to_xlsx
from minewarden.documents.official import Annex, OfficialDocument, Picture, Section
from minewarden.documents.pdf import to_pdf
from minewarden.vocab.message import Param
from minewarden.vocab.words import DISPLAY_ZONE

zh = chinese_of("desk_assessments")

SECTIONS = ("judgement", "progress", "problems", "next")
"""What people write: the judgement itself, and the three parts that follow the figures."""
NOTHING_OF = ("notice_lines", "notices_by_hand", "new", "stock_end")
"""零报告: 本周无新增通报、无存量."""
MAIN = (
    *("notice_lines", "ips", "stock_start", "new", "closed", "stock_end", "units", "self_found"),
    *("find_on_time", "report_on_time", "late", "active", "passive", "recurred"),
)
"""The lines that stand in the text itself; all of them stand in an annex."""
PARTS = ("new", "closed", "stock_end", "late", "find_on_time", "report_on_time")


def tallies_of(keys: Iterable[str]) -> frozenset[str]:
    """What the indicators of some keys are made of."""
    return frozenset(name for key in keys for name in (BY_KEY[key].part, BY_KEY[key].whole) if name)


PARTS_OF = tallies_of(PARTS)
COURSE = 12
"""Periods that the course shows; a span longer than a month is shown with the one before only."""
_MONTH = timedelta(days=31)
_MOST_LISTED, _MOST_SAID = 300, 40
_COLOURS = {"new": "#7ea3d6", "closed": "#93ccae", "stock_end": "#b3222c"}


def named(period: Period, say: said.Say = chinese) -> str:
    """2026年第11周（3月9日至3月15日）, 2026年3月, 2026年4月11日至4月25日."""
    year, week, _ = period.begin.isocalendar()
    given: dict[str, Param] = {
        "year": year if period.kind is Kind.WEEK else period.begin.year,
        "week": week, "month": period.begin.month, "day": period.begin.day,
        "last_month": period.last.month, "last_day": period.last.day, "last_year": period.last.year,
    }  # fmt: skip
    return say(f"desk_assessments.period_{period.kind.value}", **given)


def moment(instant: datetime) -> str:
    """2026年3月13日16时00分."""
    at = instant.astimezone(DISPLAY_ZONE)
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def digest(content: Mapping[str, Any]) -> str:
    """The hash of a content, over its one spelling."""
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def counted(unit: Unit, windows: Sequence[Window], *, now: datetime, children: Sequence[Unit]) -> list[Gathered]:
    """All figures of a unit in some windows, with what other apps know; in the first also the main ones of those below
    it."""
    asked = [Asked(window, EVERYTHING, () if place else PARTS_OF) for place, window in enumerate(windows)]
    found = gather_all(unit, asked, now=now)
    return list(from_others(found, unit, now=now, children=children))


MAIN_OF = tallies_of(MAIN) | {"undecided"}
"""What the text itself names, its lines and its sentences."""
EVERYTHING = ALL | frozenset(i.part for i in INDICATORS) | frozenset(i.whole for i in INDICATORS if i.whole)
"""All tallies, with what other apps know."""
_COURSE_OF = ("new", "closed", "stock_end")
_BUSY = ("stock_end", "new")
"""Who has any of these has something to assess."""


def content_of(assessment: Assessment, *, now: datetime, until: datetime | None = None) -> dict[str, Any]:
    """What an assessment says if it is handed in now; `until` counts up to an earlier cut-off, for a correction."""
    unit, period = assessment.unit, assessment.period
    window = Window(period.start, until) if until is not None else window_of(period, now)
    periods, (last, written) = _in_course(period), _approved(unit, period)
    asked = [Asked(window, EVERYTHING, PARTS_OF), Asked(Window(periods[1].start, periods[1].end), EVERYTHING, ())]
    asked += [Asked(Window(one.start, one.end), _COURSE_OF, ()) for one in periods[2:]]
    asked += [Asked(Window(last, period.start), ("new", "closed"), ())] if last is not None else []
    every, (name, children) = gather_all(unit, asked, now=now), _called(unit, window.day)
    found, before = from_others(every[:2], unit, now=now, children=children)
    below = [row for row in children if row.kind != Unit.Kind.DEPARTMENT]
    units = roll(unit, period, now)
    cases = _cases(unit, window, found)
    return {
        "schema": "minewarden/assessment/1",
        "unit": name,
        "unit_id": unit.pk,
        "period": period.code,
        "start": window.start.isoformat(),
        "as_of": window.moment.isoformat(),
        "figures": frozen(found.of(unit)),
        "before": frozen(before.of(unit)),
        "parts": [{"unit": row.label, "figures": frozen(found.of(row, PARTS_OF), PARTS)} for row in below],
        "course": _course(unit, periods, every[: len(periods)]),
        **{key: [_case_row(case) for case in rows] for key, rows in cases.items()},
        "since_last": _since(last, every[-1].of(unit)) if last is not None else None,
        "below": written,
        "missing": missing_of(unit, units, found, children),
        "phases": gates_of(unit, period) if period.kind is Kind.SPAN else [],
        "sections": _sections(assessment),
        "head": _head(assessment),
        "correction": correction_of(assessment),
    }  # fmt: skip


def _called(unit: Unit, day: date) -> tuple[str, Sequence[Unit]]:
    """What a unit was called on a day, and the units directly below it."""
    former = FormerName.objects.filter(unit=OuterRef("pk"), until__gte=day).order_by("until", "pk").values("name")[:1]
    rows = Unit.objects.filter(Q(pk=unit.pk) | Q(parent=unit)).annotate(former=Subquery(former)).order_by("path")
    own, *children = rows
    return str(own.former or own.name), list(children)


def beginning_of(assessment: Assessment, *, now: datetime) -> dict[str, Any]:
    """As much of what an assessment says as stands beside it while it is written: the main figures, what those below
    wrote."""
    unit, period = assessment.unit, assessment.period
    window, (last, written) = window_of(period, now), _approved(unit, period)
    asked = [Asked(window, MAIN_OF, _BUSY), Asked(Window(period.previous.start, period.previous.end), MAIN_OF, ())]
    asked += [Asked(Window(last, period.start), ("new", "closed"), ())] if last is not None else []
    found, before, *since = gather_all(unit, asked, now=now)
    return {
        "unit": unit.name_on(window.day),
        "period": period.code,
        "figures": frozen(found.of(unit)),
        "before": frozen(before.of(unit)),
        "since_last": _since(last, since[0].of(unit)) if last is not None else None,
        "below": written,
        "missing": missing_of(unit, roll(unit, period, now), found, ()),
        "sections": _sections(assessment),
        "head": _head(assessment),
    }


def _sections(assessment: Assessment) -> dict[str, str]:
    return {name: str(assessment.sections.get(name, "")).strip() for name in SECTIONS}


def _head(assessment: Assessment) -> dict[str, str]:
    return {
        "number": assessment.number, "signer": assessment.signer,
        "addressee": assessment.addressee or addressee(assessment.unit), "copies": assessment.copies,
    }  # fmt: skip


def frozen(figures: Figures, keys: Iterable[str] | None = None) -> dict[str, Any]:
    """Figures as they are kept: the counts, and of times how often, the median and the longest."""
    wanted = tallies_of(keys) if keys is not None else None
    counts = {k: figures.counts[k] for k in sorted(figures.counts) if wanted is None or k in wanted}
    spans = {
        k: asdict(s) for k, s in sorted(figures.spans.items()) if s is not None and (wanted is None or k in wanted)
    }
    return {"counts": counts, "spans": spans}


def thawed(kept: Mapping[str, Any]) -> Figures:
    """The figures again."""
    return Figures(dict(kept["counts"]), {key: Span(**span) for key, span in kept["spans"].items()})


def back(period: Period, count: int) -> list[Period]:
    """A period and those before it, so many in all, the newest first."""
    found = [period]
    while len(found) < count:
        found.append(found[-1].previous)
    return found


def _in_course(period: Period) -> list[Period]:
    """The periods that the course of one shows, the newest first."""
    return back(period, 2 if period.last - period.begin > _MONTH else COURSE)


def course_asked(period: Period, window: Window, *, length: int = COURSE) -> list[Asked]:
    """What a course counts, this period first, for who gathers it together with other figures."""
    periods = back(period, length)[1:]
    windows = (window, *(Window(one.start, one.end) for one in periods))
    return [Asked(one, _COURSE_OF, ()) for one in windows]


def course_of(unit: Unit, period: Period, found: Sequence[Gathered]) -> list[dict[str, Any]]:
    """The course out of what `course_asked` named."""
    return _course(unit, back(period, len(found)), found)


def _course(unit: Unit, periods: Sequence[Period], found: Sequence[Gathered]) -> list[dict[str, Any]]:
    rows = []
    for period, gathered in zip(periods, found, strict=True):
        figures = gathered.of(unit, _COURSE_OF)
        rows.append({"period": period.code, **{key: figures.number(key) for key in _COURSE_OF}})
    return rows[::-1]


class _Listed(NamedTuple):
    """As much of a case as a list tells."""

    pk: int
    opened_at: datetime
    state: str
    due48: datetime
    due72: datetime
    found_claimed_at: datetime | None
    concluded_at: datetime | None
    reported_at: datetime | None
    unit__name: str
    unit__short_name: str
    outage: bool


def _case_row(case: _Listed) -> dict[str, Any]:
    """A case in a list: its number, its unit, where it stands, whether it came due in an outage; nobody's name and no
    address."""
    return {
        "number": number_of(case.pk, instant(case.opened_at)), "unit": case.unit__short_name or case.unit__name,
        "state": case.state, "due48": instant(case.due48).isoformat(), "due72": instant(case.due72).isoformat(),
        "found": (case.found_claimed_at or case.concluded_at) is not None, "reported": case.reported_at is not None,
        "outage": bool(case.outage),
    }  # fmt: skip


_CASES = ("late", "recurred")


def _cases(unit: Unit, window: Window, found: Gathered) -> dict[str, list[_Listed]]:
    """The cases of the tallies that are listed, of each at most so many as a list holds, in one question; where none
    was counted, none is looked for."""
    lists: dict[str, list[_Listed]] = {key: [] for key in _CASES}
    some = [key for key in _CASES if found.any(unit.path, (key,))]
    if not some:
        return lists
    order, any_of_them = ("unit__path", "due72", "pk"), Q()
    for key in some:
        first = listed(key, unit, window, who=found.heirs).order_by(*order)
        any_of_them |= Q(pk__in=first.values("pk")[:_MOST_LISTED])
    words = numbers([TALLIES[key].where(window) for key in some])
    told = BASES["case"].rows().filter(any_of_them).annotate(outage=in_outage(), **words).order_by(*order)
    for *row, met in answers(told.values_list(*_Listed._fields, *words)):
        for place, key in enumerate(some):
            # One that is in the other list may stand behind the last of this one.
            if met >> place & 1 and len(lists[key]) < _MOST_LISTED:
                lists[key].append(_Listed._make(row))
    return lists


def _since(last: datetime, figures: Figures) -> dict[str, Any]:
    """What happened between the cut-off of the last assessment and the start of this period: it stands in neither."""
    return {"since": last.isoformat(), "new": figures.number("new"), "closed": figures.number("closed")}


def _approved(unit: Unit, period: Period) -> tuple[datetime | None, list[dict[str, str]]]:
    """What was approved, in one question: the cut-off of the unit's last assessment, where something may have happened
    between it and this period; and what the units directly below wrote of this one: nobody is asked for it again."""
    agreed = Version.objects.filter(outcome="agreed").order_by().values_list(*_Approved._fields)
    own = agreed.filter(assessment__unit=unit, assessment__code=period.previous.code)
    theirs = agreed.filter(assessment__unit__parent=unit, assessment__code=period.code)
    rows = own.union(theirs.exclude(assessment__unit__kind=Unit.Kind.DEPARTMENT), all=True)
    # Of each unit the version with the highest number.
    latest = {row.assessment__unit: row for row in sorted((_Approved(*row) for row in rows), key=attrgetter("number"))}
    last = latest.pop(unit.pk, None)
    written = [
        {"unit": row.label, **{name: row.content["sections"].get(name, "") for name in SECTIONS}}
        for row in sorted(latest.values(), key=attrgetter("assessment__unit__path"))[:_MOST_SAID]
    ]
    return last.as_of if last is not None and last.as_of < period.start else None, written


class _Approved(NamedTuple):
    """As much of an approved version as others quote of it."""

    assessment__unit: int
    assessment__unit__path: str
    assessment__unit__name: str
    assessment__unit__short_name: str
    number: int
    as_of: datetime
    content: dict[str, Any]

    @property
    def label(self) -> str:
        """The unit's short name where there is one."""
        return self.assessment__unit__short_name or self.assessment__unit__name


def missing_of(unit: Unit, units: Roll, found: Gathered, children: Sequence[Unit]) -> dict[str, Any]:
    """Who below did not hand in: those directly below by name, for the rest how many under each of them."""
    missing = units.missing()
    with_cases = (row for row in missing if found.any(row.path, _BUSY))
    direct = [row for row in missing if row.parent_id == unit.pk]
    level = unit.path.count("/")
    # How many stand below each of the units directly below, itself not counted.
    under = Counter(above[level] for one in missing if len(above := one.path.split("/", level + 2)) > level + 2)
    further = {row.label: under[str(row.pk)] for row in children if under[str(row.pk)]}
    return {
        "due": units.due.isoformat(), "obliged": len(units.units), "late": len(units.late()),
        "frozen": units.count(Standing.FROZEN), "pending": units.count(Standing.PENDING),
        "zero": units.count(Standing.ZERO), "missing": len(missing),
        "units": [row.label for row in direct[:_MOST_LISTED]],
        "with_cases": [row.label for row in islice(with_cases, _MOST_LISTED)],
        "further": further,
    }  # fmt: skip


def correction_of(assessment: Assessment) -> dict[str, Any] | None:
    """What a new version corrects, by its number and hash, and why."""
    if not assessment.correction:
        return None
    last = last_frozen(assessment)
    if last is None:
        return None
    number = last.number if isinstance(last, Version) else 0
    return {"number": number, "sha256": last.sha256, "reason": assessment.correction}


def last_frozen(assessment: Assessment) -> Version | Zero | None:
    """What stands: the last approved version, else the zero report."""
    version: Version | None = assessment.versions.filter(outcome="agreed").order_by("-number").first()
    return version or Zero.objects.filter(assessment=assessment).first()


def addressee(unit: Unit) -> str:
    """主送机关: the unit above."""
    return unit.parent.name if unit.parent is not None else zh("superior")


def code_of(version: Version) -> str:
    """What the QR in the foot holds."""
    return f"YP-{version.assessment.code}-{version.assessment.unit_id}/v{version.number}/{version.sha256[:12]}"


def title(content: Mapping[str, Any]) -> str:
    """云川市教育局关于2026年第11周整治“挖矿”活动的研判报告."""
    period = parse(content["period"])
    return zh(f"title_{period.kind.value}", unit=content["unit"], period=named(period).partition("（")[0])


def document(content: Mapping[str, Any], *, on: datetime, code: str = "") -> OfficialDocument:
    """The content as an official document."""
    head = content["head"]
    sections = [*_situation(content), *(_written(name, content["sections"][name]) for name in SECTIONS[1:])]
    return OfficialDocument(
        title=title(content),
        addressee=head["addressee"],
        unit=content["unit"],
        on=on.astimezone(DISPLAY_ZONE).date(),
        sections=tuple(sections),
        opening=_opening(content),
        issuer_mark=zh("issuer_mark", unit=content["unit"]) if head["number"] else "",
        number=head["number"],
        signer=head["signer"],
        annexes=tuple(_annexes(content)),
        copies=head["copies"],
        # 版记: a paper with copies or a number says who issued it and when; without it the copies are not printed.
        printed_by=content["unit"] if head["copies"] or head["number"] else "",
        printed_on=on.astimezone(DISPLAY_ZONE).date(),
        code=code,
    )


def _opening(content: Mapping[str, Any]) -> tuple[str, ...]:
    correction = content["correction"]
    period, as_of = named(parse(content["period"])), moment(datetime.fromisoformat(content["as_of"]))
    said_ = [zh("opening", period=period, at=as_of)]
    if correction:
        said_.append(
            zh("opening_correction", number=correction["number"], sha256=correction["sha256"][:12],
               reason=correction["reason"].strip().rstrip("。"))
        )  # fmt: skip
    return tuple(said_)


def _situation(content: Mapping[str, Any]) -> Iterable[Section]:
    now, before = thawed(content["figures"]), thawed(content["before"])
    written = tuple(paragraphs(content["sections"]["judgement"]))
    shown = [line for line in said.lines(now, before, chinese) if line.indicator.key in MAIN]
    word = zh(f"this_{parse(content['period']).kind.value}"), zh(f"last_{parse(content['period']).kind.value}")
    table = ((zh("col_indicator"), *word, zh("col_change")), *((li.name, li.now, li.before, li.change) for li in shown))
    yield Section(zh("section_judgement"), (*situation(content), *written))
    yield Section(zh("part_figures"), (), tuple(table), level=2, widths=(28, 26, 26, 20))
    yield Section(zh("part_course"), (), (), level=2, picture=picture(content))
    if content["parts"]:
        yield Section(zh("part_units"), (), _parts(content), level=2, widths=(26, 9, 9, 9, 9, 19, 19))
    if content["phases"]:
        yield Section(zh("part_phases"), tuple(phase_line(row) for row in content["phases"]), level=2)


def phase_line(row: Mapping[str, Any]) -> str:
    """What a campaign froze at the end of a phase, in a sentence."""
    failed = chinese("desk_kit.list_comma").join(
        zh("phase_failed", check=chinese(f"desk_campaigns.check_{check.replace('-', '_')}"), count=count)
        for check, count in row["failed"].items()
    )
    given: dict[str, Param] = {key: row[key] for key in ("title", "units", "done", "total", "postponed")}
    return zh("phase_line", **given, failed=failed or zh("phase_all_held"), sha256=row["sha256"][:12])


def situation(content: Mapping[str, Any]) -> list[str]:
    """The figures as sentences."""
    now = thawed(content["figures"])
    given: dict[str, Param] = {k: now.number(k) for k in ("notice_lines", "ips", "new", "closed", "stock_end", "units")}
    given |= {k: now.number(k) for k in ("stock_start", "late", "active", "passive", "undecided", "recurred")}
    given["period"] = zh(f"this_{parse(content['period']).kind.value}")
    said_ = [zh("situation", **given)]
    last = content["since_last"]
    if last and (last["new"] or last["closed"]):
        since = moment(datetime.fromisoformat(last["since"]))
        said_.append(zh("situation_since", since=since, new=last["new"], closed=last["closed"]))
    if content["missing"]["obliged"]:
        facts: dict[str, Param] = {
            k: content["missing"][k] for k in ("obliged", "frozen", "pending", "zero", "missing")
        }
        said_.append(zh("situation_handed", **facts))
    return said_


def picture(content: Mapping[str, Any]) -> Picture:
    """The course as a picture."""
    caption = zh("course_caption", count=len(content["course"]), unit=content["unit"])
    return Picture(draw(course_chart(content["course"], caption, chinese), height=300), caption)


def course_chart(rows: list[dict[str, Any]], title_: str, say: said.Say) -> Chart:
    """New and closed as bars, the stock as a line."""
    series = tuple(
        Series(
            say(f"desk_indicators.name_{key}"), _COLOURS[key], tuple(row[key] for row in rows),
            form="line" if key == "stock_end" else "bar",
        )
        for key in ("new", "closed", "stock_end")
    )  # fmt: skip
    labels = tuple(
        say("desk_assessments.short_" + parse(row["period"]).kind.value, **short_of(row["period"])) for row in rows
    )
    return Chart(title_, labels, series, unit=say("desk_assessments.cases_unit"))


def short_of(code: str) -> dict[str, Param]:
    """What the short name of a period under a drawing is made of."""
    period = parse(code)
    return {"week": period.begin.isocalendar()[1], "month": period.begin.month, "day": period.begin.day}


def _parts(content: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    head = (zh("col_unit"), *(chinese(f"desk_indicators.name_{key}") for key in PARTS))
    rows = [
        (row["unit"], *(said.text(BY_KEY[key], thawed(row["figures"]), chinese) for key in PARTS))
        for row in content["parts"]
    ]
    return (head, *rows)


def _written(name: str, text: str) -> Section:
    return Section(zh(f"section_{name}"), tuple(paragraphs(text)) or (zh("nothing_written"),))


def _annexes(content: Mapping[str, Any]) -> Iterable[Annex]:
    for key in ("late", "recurred"):
        # An annex of nothing would be a page of its own; the text gives the number, nought too.
        if content[key]:
            yield Annex(zh(f"annex_{key}"), (_case_list(content[key]),))
    if content["missing"]["obliged"]:
        yield Annex(zh("annex_missing"), (Section("", tuple(missing_lines(content["missing"]))),))
    if any(any(row[name] for name in SECTIONS) for row in content["below"]):
        rows = tuple((row["unit"], row["judgement"], row["problems"] or said.NOTHING) for row in content["below"])
        head = (zh("col_unit"), zh("section_judgement_short"), zh("section_problems"))
        yield Annex(zh("annex_below"), (Section("", (), (head, *rows), widths=(20, 45, 35)),))
    yield Annex(zh("annex_figures"), tuple(_all_figures(content)))


def _all_figures(content: Mapping[str, Any]) -> Iterable[Section]:
    shown = said.lines(thawed(content["figures"]), thawed(content["before"]), chinese)
    head = (zh("col_indicator"), zh("col_value"), zh("col_formula"))
    for group in GROUPS:
        rows = tuple(
            (line.name, line.now, chinese(f"desk_indicators.formula_{line.indicator.key}"))
            for line in shown
            if line.indicator.group == group
        )
        yield Section(chinese(f"desk_indicators.group_{group}"), (), (head, *rows), widths=(24, 26, 50))


def missing_lines(missing: Mapping[str, Any]) -> list[str]:
    """Who did not hand in, in sentences."""
    comma = chinese("desk_kit.list_comma")
    said_ = [zh("missing_count", obliged=missing["obliged"], missing=missing["missing"], late=missing["late"])]
    if missing["units"]:
        said_.append(zh("missing_direct", units=comma.join(missing["units"])))
    if missing["further"]:
        each = (zh("missing_each", unit=label, count=n) for label, n in missing["further"].items())
        said_.append(zh("missing_further", units=comma.join(each)))
    if missing["with_cases"]:
        said_.append(zh("missing_with_cases", units=comma.join(missing["with_cases"])))
    return said_


def _case_list(rows: list[dict[str, Any]]) -> Section:
    head = (zh("col_case"), zh("col_unit"), zh("col_state"), zh("col_over"))
    more = (zh("list_first", count=_MOST_LISTED),) if len(rows) == _MOST_LISTED else ()
    return Section("", more, (head, *_listed(rows)), widths=(24, 30, 16, 30))


def _listed(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, ...], ...]:
    return tuple((r["number"], r["unit"], chinese(state_word(r["state"])), said.over(r, chinese)) for r in rows)


def state_word(state: str) -> str:
    """The identifier of the word of a case's state."""
    return f"desk_cases.state_{state.replace('-', '_')}"


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text as people typed it."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def leaves(content: Mapping[str, Any]) -> list[Leaf]:
    """The content as sheets."""
    shown = said.lines(thawed(content["figures"]), thawed(content["before"]), chinese)
    note = zh("leaf_note", unit=content["unit"], period=named(parse(content["period"])),
              at=moment(datetime.fromisoformat(content["as_of"])))  # fmt: skip
    head = (
        zh("col_group"),
        zh("col_indicator"),
        zh("col_value"),
        zh("col_before"),
        zh("col_change"),
        zh("col_formula"),
    )
    figures = tuple(
        (
            chinese(f"desk_indicators.group_{li.indicator.group}"), li.name, _reckoned(li.now), _reckoned(li.before),
            li.change,
            chinese(f"desk_indicators.formula_{li.indicator.key}"),
        )
        for li in shown
    )  # fmt: skip
    course_head = (
        zh("col_period"),
        *(chinese(f"desk_indicators.name_{key}") for key in ("new", "closed", "stock_end")),
    )
    rows = tuple((named(parse(r["period"])), r["new"], r["closed"], r["stock_end"]) for r in content["course"])
    cases = (zh("col_case"), zh("col_unit"), zh("col_state"), zh("col_over"))
    found = [Leaf(zh("leaf_figures"), note, head, figures), Leaf(zh("part_course"), note, course_head, rows)]
    if content["parts"]:
        first, *rest = _parts(content)
        found.append(Leaf(zh("part_units"), note, first, tuple((row[0], *map(_reckoned, row[1:])) for row in rest)))
    for key in ("late", "recurred"):
        found.append(Leaf(zh(f"annex_{key}"), note, cases, _listed(content[key])))
    written = tuple((zh(f"section_{name}"), content["sections"][name]) for name in SECTIONS)
    found.append(Leaf(zh("leaf_written"), note, (zh("col_section"), zh("col_text")), written))
    return found


def _reckoned(text: str) -> str | int:
    """A count as a number, so that a workbook can add it up; a share or a time stays as it is said."""
    return int(text) if text.isdecimal() else text


def papers(version: Version, on: datetime) -> dict[str, bytes]:
    """A version in its three forms."""
    paper = document(version.content, on=on, code=code_of(version))
    return {"docx": to_docx(paper), "pdf": to_pdf(paper).pdf, "xlsx": to_xlsx(leaves(version.content))}


def leaves_of(unit: Unit, period: Period, *, now: datetime) -> list[Leaf]:
    """The figures of any unit and period as sheets, without an assessment."""
    return leaves(content_of(Assessment(unit=unit, code=period.code, begin=period.begin), now=now))[:-1]
