"""Writes the columns of the ledgers into docs/{zh,en}/reference/ledgers.md, as the program itself declares them.

    .venv/bin/python scripts/docs_ledgers.py

What stands outside the two marks of a page is written by people and left alone.
"""

import os
from pathlib import Path

import django
from django.apps import apps

from minewarden.vocab.words import LANGUAGES, Language, render

DOCS = Path(__file__).resolve().parents[1] / "docs"
BEGIN, END = "<!-- columns: made by scripts/docs_ledgers.py -->", "<!-- end of columns -->"


def page(language: Language) -> Path:
    """Where the page of a language stands."""
    return DOCS / language / "reference" / "ledgers.md"


def fresh(language: Language) -> str:
    """The page as it should be."""
    text = page(language).read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{_tables(language)}\n{END}{rest.split(END, 1)[1]}"


def _tables(language: Language) -> str:
    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minewarden.desk.settings")
        os.environ.setdefault("MINEWARDEN_SECRET_KEY", "docs")
        django.setup()
    from minewarden.desk.ledger.books import BOOKS
    from minewarden.documents.sheet_write import form_of
    from minewarden.vocab.message import message

    def said(key: str) -> str:
        return render(message(f"sheets.{key}"), language)

    parts = []
    for table in (book.table for book in BOOKS.values()):
        key = " + ".join(render(table.column(name).title, language) for name in table.key)
        head = " | ".join(said(name) for name in ("col_title", "col_required", "col_form", "col_help"))
        title = render(table.title, language)
        lines = [f"### {title}", "", f"{_KEY[language]}{key}", "", f"| {head} |", "|---|---|---|---|"]
        for column in table.columns:
            cells = (
                render(column.title, language),
                said("yes") if column.required else "",
                form_of(column, language),
                render(column.help, language) if column.help else "",
            )
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


_KEY: dict[Language, str] = {"zh": "同一条记录的依据：", "en": "What makes two rows the same entry: "}


if __name__ == "__main__":
    for name in LANGUAGES:
        page(name).write_text(fresh(name), encoding="utf-8")
