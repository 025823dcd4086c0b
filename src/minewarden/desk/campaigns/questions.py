"""Questions of a template or a bureau's own form: declared as data, asked by the machinery of the ledgers' columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from minewarden.desk.kit.words import said
from minewarden.documents.sheet import Column, Kind
from minewarden.vocab.message import Message, message

KINDS: Mapping[str, Kind] = {
    "text": Kind.TEXT, "number": Kind.NUMBER, "flag": Kind.FLAG, "date": Kind.DATE, "choice": Kind.CHOICE,
}  # fmt: skip
"""What a question may ask for."""
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `why` says why it is asked; `known` names what a ledger knows, which is shown and not asked."""

    key: str
    title: Words
    kind: str = "text"
    required: bool = True
    choices: Mapping[str, Words] = field(default_factory=dict)
    why: Words = field(default_factory=dict)
    known: str = ""

    @property
    def column(self) -> Column:
        """The question as a column of a table."""
        return Column(
            self.key,
            given(self.title),
            KINDS[self.kind],
            required=self.required,
            choices={code: given(words) for code, words in self.choices.items()},
            help=given(self.why) if self.why else None,
            longest=500 if self.kind == "text" else 120,
            width=24 if self.kind == "text" else 14,
        )


def given(words: Words) -> Message:
    """Words that somebody gave, in the reader's language, as a message."""
    return message("desk_campaigns.given", text=said(words))


def as_data(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Questions as JSON."""
    return [
        {
            "key": q.key, "title": dict(q.title), "kind": q.kind, "required": q.required, "why": dict(q.why),
            "choices": {code: dict(words) for code, words in q.choices.items()}, "known": q.known,
        }
        for q in questions
    ]  # fmt: skip


def of_data(rows: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions out of JSON that `as_data` wrote."""
    return tuple(Question(**row) for row in rows)
