"""Who may open the page of what the registers lack."""

from tests.desk.rules.rule import Rule

RULES = {"registers:home": Rule("officer approver leader stranger system keeper")}
