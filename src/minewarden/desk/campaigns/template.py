"""A campaign's template: phases, tasks, gates, legal bases, addressees, thresholds. It is data, and this reads it.

All faults of a template are found at once. Each names the key where it stands and what to do about it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from minewarden.desk.campaigns.questions import KINDS, Question, Words
from minewarden.vocab.message import Message, Param, message
from minewarden.vocab.toml import parse_toml

SCHEMA = "minewarden/campaign/1"
UNIT_KINDS = ("province", "city", "district", "zone", "school", "kindergarten", "department")
PROOFS = ("answer", "plan", "meeting", "activity", "rule", "duty-list", "figure")
"""By what a task is shown to be done: an answer, something that was filed, a figure that reached its whole."""
EVIDENCE = ("none", "optional", "wanted")
REPEATS = ("once", "monthly", "quarterly", "half-yearly", "yearly")
ASSESS = ("weekly", "as-set")
"""How often is assessed in a phase: every week, or as often as the bureau set for the time after the campaign."""
CHECKS = ("active-cases", "passive-cases", "plan", "meeting", "activity", "rule", "duty-list", "pledges", "tasks")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MONTHS = {"monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12}
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Check:
    """What a gate looks at. `most` is the largest number of open cases, `least` the smallest share in percent."""

    code: str
    most: int = 0
    least: int = 100


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase: first and last day, both included. The last phase may have no end.

    assess: how often is assessed in it, one of `ASSESS`; empty where the template does not say.
    """

    code: str
    title: Words
    aim: Words
    begins: date | None
    ends: date | None
    gate: tuple[Check, ...] = ()
    assess: str = ""

    @property
    def weekly(self) -> bool:
        """Whether is assessed every week in it. A phase that ends is one of the campaign itself (专项整治期间); in one
        that goes on is assessed as often as the bureau says."""
        return self.assess == "weekly" or (not self.assess and self.ends is not None)


@dataclass(frozen=True, slots=True)
class TaskDef:
    """What is asked of every unit of some kinds.

    days: due so many days after the phase began. before: due so many days before it ends. repeat: anew in each month,
    quarter, half or whole year, and due at its end. minutes: how long it takes. figure: the name of the figure that
    shows it done, where proof is "figure".
    """

    code: str
    phase: str
    title: Words
    what: Words
    kinds: tuple[str, ...]
    proof: str
    evidence: str
    basis: tuple[str, ...]
    minutes: int
    repeat: str = "once"
    days: int | None = None
    before: int = 0
    figure: str = ""
    questions: tuple[Question, ...] = ()

    def due(self, phase: Phase, today: date) -> date:
        """The last day on which it is in time."""
        if self.repeat != "once":
            return _period(self.repeat, today)[1]
        if self.days is not None and phase.begins is not None:
            return phase.begins + timedelta(days=self.days)
        if phase.ends is None:
            return today + timedelta(days=30)
        return phase.ends - timedelta(days=self.before)

    def period(self, today: date) -> str:
        """The name of the period in which a day lies, such as `2026-04`; empty for what is done once."""
        return "" if self.repeat == "once" else f"{_period(self.repeat, today)[0]:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A template as it was read."""

    code: str
    title: Words
    basis: Mapping[str, Words]
    phases: tuple[Phase, ...]
    tasks: tuple[TaskDef, ...]
    goals: tuple[Words, ...] = ()
    slogans: tuple[Words, ...] = ()
    to: Words = field(default_factory=dict)
    copies: Words = field(default_factory=dict)
    thresholds: Mapping[str, str] = field(default_factory=dict)

    def phase(self, code: str) -> Phase:
        """The phase of a code. Raises KeyError."""
        return next((p for p in self.phases if p.code == code), None) or _missing(code)

    def task(self, code: str) -> TaskDef | None:
        """The task of a code; None where this version has none."""
        return next((t for t in self.tasks if t.code == code), None)

    def on(self, day: date) -> Phase | None:
        """The phase of a day; between two phases the one that ended, before the first the first."""
        begun = [p for p in self.phases if p.begins is None or p.begins <= day]
        return begun[-1] if begun else (self.phases[0] if self.phases else None)

    def dated(self, dates: Mapping[str, Sequence[str | None]]) -> "Plan":
        """The plan with other days for its phases: code -> first and last day as ISO dates."""
        return replace(self, phases=tuple(_dated(p, dates[p.code]) if p.code in dates else p for p in self.phases))

    def ahead(self, today: date) -> "Plan":
        """The plan with its days moved as a whole, so that the first end lies two weeks ahead; unchanged if it does."""
        ends = [phase.ends for phase in self.phases if phase.ends]
        if not ends or min(ends) >= today:
            return self
        shift = today + timedelta(days=14) - min(ends)

        def moved(day: date | None) -> date | None:
            return day + shift if day else None

        return replace(self, phases=tuple(replace(p, begins=moved(p.begins), ends=moved(p.ends)) for p in self.phases))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: the file, the key where it stands, and what to do."""

    file: str
    key: str
    why: Message


def _missing(code: str) -> Phase:
    raise KeyError(code)


def _dated(phase: Phase, days: Sequence[str | None]) -> Phase:
    first, last = (date.fromisoformat(day) if day else None for day in days)
    return replace(phase, begins=first, ends=last)


def _period(repeat: str, day: date) -> tuple[date, date]:
    months = _MONTHS[repeat]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    over = first.month - 1 + months
    return first, date(first.year + over // 12, over % 12 + 1, 1) - timedelta(days=1)


def shipped() -> str:
    """The template of the plan of 2022, which comes with the program."""
    return (files("minewarden.desk.campaigns") / "shipped" / "education-2022.toml").read_text(encoding="utf-8")


def read(text: str, name: str) -> tuple[Plan | None, tuple[Fault, ...]]:
    """Read a template. The plan is None where anything is wrong; then all that is wrong is named.

    name: the file as people know it.
    """
    try:
        data = parse_toml(text)
    except ValueError as error:
        return None, (Fault(name, "", message("campaign_template.not_toml", problem=str(error))),)
    reader = _Reader(name)
    plan = reader.plan(data)
    return (None if reader.faults else plan), tuple(reader.faults)


def read_questions(
    rows: Any, name: str, at: str, known: Sequence[str]
) -> tuple[tuple[Question, ...], tuple[Fault, ...]]:
    """Read the questions of a form that a bureau made. known: what ledgers know."""
    reader = _Reader(name)
    found = reader.questions(rows, at)
    return found, tuple(reader.faults)


class _Reader:
    """Reads tables key by key and notes what is wrong instead of stopping at it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []

    def fault(self, key: str, why: str, **params: Param) -> None:
        self.faults.append(Fault(self.name, key, message(f"campaign_template.{why}", **params)))

    def plan(self, data: Mapping[str, Any]) -> Plan:
        if data.get("schema") != SCHEMA:
            self.fault("schema", "wrong_schema", schema=SCHEMA)
        self.known_keys(
            data,
            "",
            ("schema", "code", "title", "to", "copies", "goal", "slogan", "basis", "thresholds", "phase", "task"),
        )
        basis = {
            row["code"]: self.words(row, "text", f"basis[{i}].text")
            for i, row in self.rows(data, "basis")
            if self.code(row, f"basis[{i}]")
        }
        self.twice("basis", [row.get("code") for _, row in self.rows(data, "basis", silent=True)])
        phases = tuple(self.phase(row, f"phase[{i}]") for i, row in self.rows(data, "phase"))
        if not phases:
            self.fault("phase", "no_phase")
        self.twice("phase", [p.code for p in phases])
        self.order(phases)
        open_ended = {p.code for p in phases if p.ends is None}
        tasks = tuple(
            self.task(row, f"task[{i}]", [p.code for p in phases], basis, open_ended)
            for i, row in self.rows(data, "task")
        )
        if not tasks:
            self.fault("task", "no_task")
        self.twice("task", [t.code for t in tasks])
        return Plan(
            code=self.code(data, "") or "",
            title=self.words(data, "title", "title"),
            basis=basis,
            phases=phases,
            tasks=tasks,
            goals=self.lines(data, "goal"),
            slogans=self.lines(data, "slogan"),
            to=self.words(data, "to", "to", needed=False),
            copies=self.words(data, "copies", "copies", needed=False),
            thresholds=self.thresholds(data.get("thresholds", {})),
        )  # fmt: skip

    def phase(self, row: Mapping[str, Any], at: str) -> Phase:
        self.known_keys(row, at, ("code", "title", "aim", "begins", "ends", "gate", "assess"))
        return Phase(
            code=self.code(row, at) or "",
            title=self.words(row, "title", f"{at}.title"),
            aim=self.words(row, "aim", f"{at}.aim", needed=False),
            begins=self.day(row, "begins", at),
            ends=self.day(row, "ends", at),
            gate=tuple(self.check(check, f"{at}.gate[{i}]") for i, check in self.rows(row, "gate", at=f"{at}.gate")),
            assess=self.one_of(row, "assess", at, ASSESS) if "assess" in row else "",
        )

    def check(self, row: Mapping[str, Any], at: str) -> Check:
        self.known_keys(row, at, ("check", "most", "least"))
        code = self.one_of(row, "check", at, CHECKS)
        return Check(code, self.number(row, "most", at, 0, 0, 1000), self.number(row, "least", at, 100, 1, 100))

    def order(self, phases: Sequence[Phase]) -> None:
        for i, phase in enumerate(phases, start=1):
            if phase.begins and phase.ends and phase.ends < phase.begins:
                self.fault(
                    f"phase[{i}].ends", "ends_before", begins=phase.begins.isoformat(), ends=phase.ends.isoformat()
                )
            if phase.ends is None and i < len(phases):
                self.fault(f"phase[{i}].ends", "only_last_open")
            before = phases[i - 2].ends if i > 1 else None
            if before and phase.begins and phase.begins <= before:
                self.fault(f"phase[{i}].begins", "overlaps", before=before.isoformat())

    def task(
        self, row: Mapping[str, Any], at: str, phases: Sequence[str], basis: Mapping[str, Words], open_ended: set[str]
    ) -> TaskDef:
        self.known_keys(row, at, (
            "code", "phase", "title", "what", "kinds", "proof", "evidence", "basis", "minutes", "repeat", "days",
            "before", "figure", "question",
        ))  # fmt: skip
        phase = self.one_of(row, "phase", at, phases)
        proof = self.one_of(row, "proof", at, PROOFS, "answer")
        repeat = self.one_of(row, "repeat", at, REPEATS, "once")
        days = self.number(row, "days", at, 0, 0, 730) if "days" in row else None
        if row.get("phase") in open_ended and repeat == "once" and days is None:
            self.fault(f"{at}.days", "open_needs_days", phase=phase)
        if (proof == "figure") != bool(row.get("figure")):
            self.fault(f"{at}.figure", "figure_needed")
        named = self.texts(row, "basis", at)
        for code in named:
            if code not in basis:
                self.fault(f"{at}.basis", "no_such_basis", code=code, known="、".join(basis))
        return TaskDef(
            code=self.code(row, at) or "",
            phase=phase,
            title=self.words(row, "title", f"{at}.title"),
            what=self.words(row, "what", f"{at}.what"),
            kinds=self.kinds(row, at),
            proof=proof,
            evidence=self.one_of(row, "evidence", at, EVIDENCE, "none"),
            basis=tuple(named),
            minutes=self.number(row, "minutes", at, 3, 1, 480),
            repeat=repeat,
            days=days,
            before=self.number(row, "before", at, 0, 0, 365),
            figure=str(row.get("figure", "")),
            questions=self.questions(row.get("question", []), f"{at}.question"),
        )

    def questions(self, rows: Any, at: str) -> tuple[Question, ...]:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.fault(at, "not_rows")
            return ()
        found = tuple(self.question(row, f"{at}[{i}]") for i, row in enumerate(rows, start=1))
        self.twice(at, [q.key for q in found])
        return found

    def question(self, row: Mapping[str, Any], at: str) -> Question:
        self.known_keys(row, at, ("key", "title", "kind", "required", "choices", "why", "known"))
        key = row.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            self.fault(f"{at}.key", "bad_key")
            key = ""
        kind = self.one_of(row, "kind", at, tuple(KINDS), "text")
        choices = row.get("choices", {})
        if (kind == "choice") != bool(choices) or not isinstance(choices, dict):
            self.fault(f"{at}.choices", "choices_needed")
            choices = {}
        required = row.get("required", True)
        if not isinstance(required, bool):
            self.fault(f"{at}.required", "not_flag")
        return Question(
            key=key,
            title=self.words(row, "title", f"{at}.title"),
            kind=kind,
            required=required is True,
            choices={str(code): self.words(choices, code, f"{at}.choices.{code}") for code in choices},
            why=self.words(row, "why", f"{at}.why", needed=False),
            known=str(row.get("known", "")),
        )

    def known_keys(self, row: Mapping[str, Any], at: str, allowed: Sequence[str]) -> None:
        for key in sorted(row.keys() - set(allowed)):
            self.fault(f"{at}.{key}".lstrip("."), "unknown_key", known="、".join(allowed))

    def rows(
        self, data: Mapping[str, Any], key: str, at: str = "", silent: bool = False
    ) -> list[tuple[int, Mapping[str, Any]]]:
        given = data.get(key, [])
        if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
            if not silent:
                self.fault(at or key, "not_rows")
            return []
        return list(enumerate(given, start=1))

    def twice(self, at: str, codes: Sequence[Any]) -> None:
        for code, count in Counter(code for code in codes if code).items():
            if count > 1:
                self.fault(at, "twice", code=str(code), count=count)

    def code(self, row: Mapping[str, Any], at: str) -> str | None:
        given = row.get("code")
        if not isinstance(given, str) or not _CODE.fullmatch(given):
            self.fault(f"{at}.code".lstrip("."), "bad_code")
            return None
        return given

    def words(self, row: Mapping[str, Any], key: str, at: str, needed: bool = True) -> Words:
        """Chinese words, or a table with Chinese and English."""
        given = row.get(key)
        if given is None and not needed:
            return {}
        words = {"zh": given} if isinstance(given, str) else given
        if not isinstance(words, dict) or not isinstance(words.get("zh"), str) or not words["zh"].strip():
            self.fault(at, "no_words", braces='{ zh = "…", en = "…" }')
            return {"zh": ""}
        if not set(words) <= {"zh", "en"} or not all(isinstance(w, str) and len(w) <= _LONGEST for w in words.values()):
            self.fault(at, "bad_words", longest=_LONGEST)
            return {"zh": ""}
        return dict(words)

    def lines(self, data: Mapping[str, Any], key: str) -> tuple[Words, ...]:
        return tuple(self.words(row, "text", f"{key}[{i}].text") for i, row in self.rows(data, key))

    def texts(self, row: Mapping[str, Any], key: str, at: str) -> list[str]:
        given = row.get(key, [])
        if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
            self.fault(f"{at}.{key}", "not_texts")
            return []
        return given

    def kinds(self, row: Mapping[str, Any], at: str) -> tuple[str, ...]:
        given = self.texts(row, "kinds", at)
        wrong = [kind for kind in given if kind not in UNIT_KINDS]
        if wrong or not given:
            self.fault(f"{at}.kinds", "bad_kinds", wrong="、".join(wrong) or "—", known="、".join(UNIT_KINDS))
        return tuple(kind for kind in given if kind in UNIT_KINDS)

    def one_of(self, row: Mapping[str, Any], key: str, at: str, known: Sequence[str], usual: str = "") -> str:
        given = row.get(key, usual)
        if given not in known:
            self.fault(f"{at}.{key}", "not_one_of", given=str(given) or "—", known="、".join(known))
            return usual or (known[0] if known else "")
        return str(given)

    def number(self, row: Mapping[str, Any], key: str, at: str, usual: int, least: int, most: int) -> int:
        given = row.get(key, usual)
        if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
            self.fault(f"{at}.{key}", "bad_number", least=least, most=most)
            return usual
        return given

    def day(self, row: Mapping[str, Any], key: str, at: str) -> date | None:
        given = row.get(key)
        if given is None:
            return None
        if type(given) is not date:
            self.fault(f"{at}.{key}", "bad_day")
            return None
        return given

    def thresholds(self, given: Any) -> Mapping[str, str]:
        if not isinstance(given, dict):
            self.fault("thresholds", "not_table")
            return {}
        return {str(key): str(value) for key, value in given.items()}
