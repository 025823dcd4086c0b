"""What the second person does not let through goes back to whoever has to go on with it, and he is told."""

from types import SimpleNamespace
from typing import Any

from minewarden.desk.library import actions, decisions
from minewarden.desk.notify.models import Copy
from minewarden.intel.library import Library
from tests.desk.library.conftest import ACCEPT_NAME, NOW, REFUSE_ADDRESS


def told(key: str) -> list[str]:
    return sorted(Copy.objects.filter(message__key=key).values_list("person__name", flat=True))


def test_a_review_that_is_not_agreed_to_is_the_offices_turn_again(office: SimpleNamespace, submit: Any) -> None:
    review = decisions.review(
        submit(), by=office.reviewer, now=NOW, role="pool-endpoint", verdicts=[ACCEPT_NAME, REFUSE_ADDRESS]
    )
    decisions.refuse(review, by=office.second, now=NOW, note="域名证据不足")
    assert told(f"library.refused.{review.pk}") == ["周宁"]


def test_a_version_that_is_not_let_out_is_told_to_whoever_proposed_it(office: SimpleNamespace, held: Library) -> None:
    proposed = actions.propose_version(by=office.reviewer, now=NOW, least=20, note="十二月版")
    actions.refuse_version(proposed, by=office.second, now=NOW, note="等复核完再发")
    assert told(f"library.version.{proposed.pk}.refused") == ["周宁"]
