"""The left menu: one table. An app adds a line; who does not hold a role of the line does not see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: words, the name of its route, who sees it (nobody named: everyone), and its icon."""

    label: str
    url: str
    roles: frozenset[str] = frozenset()
    icon: str = "dot"


@dataclass(frozen=True, slots=True)
class Group:
    """A heading with its lines."""

    label: str
    entries: tuple[Entry, ...]


_DUTY = frozenset({"officer", "approver", "leader"})

MENU: tuple[Group, ...] = (
    Group(
        "desk_kit.menu_work",
        (
            Entry("desk_reports.home_title", "home", _DUTY, "home"),
            Entry("desk_notices.register_title", "notices:register", _DUTY, "bell"),
            Entry("desk_notices.tasks_title", "notices:tasks", _DUTY, "clock"),
            Entry("desk_cases.leads_title", "cases:leads", _DUTY, "finding"),
            Entry("desk_cases.cases_title", "cases:cases", _DUTY, "case"),
            Entry("desk_library.title", "library:home", _DUTY, "library"),
            Entry("desk_blocks.title", "blocks:board", _DUTY, "block"),
            Entry("desk_pledges.title", "pledges:home", _DUTY | {"keeper"}, "report"),
            Entry("desk_selfchecks.title", "selfchecks:home", _DUTY, "check"),
            Entry("desk_measures.title", "measures:home", _DUTY, "report"),
            Entry("desk_alerts.title", "alerts:home", _DUTY, "bell"),
            Entry("desk_cases.honours_title", "measures:honours", frozenset({"approver", "leader"}), "people"),
        ),
    ),
    Group(
        "desk_kit.menu_campaign",
        (
            Entry("desk_campaigns.mine_title", "campaigns:mine", _DUTY, "clock"),
            Entry("desk_campaigns.board_title", "campaigns:board", _DUTY, "report"),
            Entry("desk_campaigns.menu_filings", "campaigns:filings_home", _DUTY, "ledger"),
            Entry("desk_campaigns.needs_title", "campaigns:needs", _DUTY, "people"),
            Entry("desk_campaigns.forms_title", "campaigns:forms", _DUTY, "report"),
            Entry("desk_assessments.title", "assessments:home", _DUTY, "report"),
            Entry("desk_assessments.statistics_title", "assessments:statistics", _DUTY, "ledger"),
            Entry("desk_assessments.clear_title", "assessments:clear-zero", _DUTY, "lock"),
            Entry("desk_papers.title", "assessments:papers", _DUTY, "print"),
            Entry("desk_screen.title", "screen:walls", frozenset({"approver", "leader"}), "home"),
        ),
    ),
    Group(
        "desk_kit.menu_base",
        (
            Entry("desk_org.tree_title", "org:tree", _DUTY | {"system", "security", "keeper"}, "tree"),
            Entry("desk_org.people_title", "org:people", frozenset({"system", "security", "keeper"}), "people"),
            Entry("desk_ledger.title", "ledger:home", _DUTY | {"system", "keeper"}, "ledger"),
            Entry("desk_registers.title", "registers:home", _DUTY | {"system", "keeper"}, "ledger"),
            Entry("desk_cases.calendar_title", "cases:calendar", _DUTY | {"system"}, "clock"),
            Entry("desk_cases.outages_title", "cases:outages", frozenset({"system", "audit"}), "clock"),
            Entry("desk_org.parameters_title", "org:own_parameters", frozenset({"system"}), "ledger"),
            Entry("desk_notify.outlets_title", "notify:outlets", frozenset({"system"}), "bell"),
        ),
    ),
    Group("desk_kit.menu_oversight", (Entry("desk_audit.title", "audit:log", frozenset({"audit"}), "audit"),)),
)
