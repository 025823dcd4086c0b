"""The documents hold: both languages, links that lead somewhere, samples that are read, commands as they are today."""

import importlib.util
import io
import re
from collections import Counter
from datetime import timedelta, timezone
from pathlib import Path
from types import ModuleType

import pytest

from minewarden.plugins import COMPILERS, READERS
from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Batch, Reject, Source
from minewarden.vocab.clock import SourceClock

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
ADRS = sorted((DOCS / "adr").glob("*.md"))
FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
MACHINE = re.compile(r"(?<![\w.])/(?:work|tmp|root|home/(?!minewarden))(?:/|\b)")
BEIJING = timezone(timedelta(hours=8))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """A page without its samples and listings."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub and GitLab make of a page's headings."""
    made = set()
    for heading in HEADING.findall(prose(path)):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        made.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return made


def script(name: str = "docs_cli") -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_folder_of_the_machine_it_was_written_on(page: Path) -> None:
    assert MACHINE.findall(page.read_text(encoding="utf-8")) == []


def test_every_page_stands_in_both_languages() -> None:
    chinese, english = (
        {page.relative_to(DOCS / name) for page in (DOCS / name).rglob("*.md")} for name in ("zh", "en")
    )
    assert chinese
    assert chinese == english


@pytest.mark.parametrize("page", sorted((DOCS / "zh").rglob("*.md")), ids=named)
def test_both_languages_show_the_same_sections_and_links(page: Path) -> None:
    twin = DOCS / "en" / page.relative_to(DOCS / "zh")
    levels, twins = (
        [len(line.split()[0]) for line in re.findall(r"^#+ .*", prose(p), re.MULTILINE)] for p in (page, twin)
    )
    assert levels == twins
    files, others = ({link.partition("#")[0] for link in LINK.findall(prose(p))} for p in (page, twin))
    assert files == others


def test_every_page_is_led_to_from_another() -> None:
    led = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in LINK.findall(prose(page))
        if not link.startswith("#")
    }
    assert [named(page) for page in PAGES if page.parent not in (ROOT, DOCS / "adr") and page not in led] == []


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        (page.parent / link).resolve() for page in PAGES for link in LINK.findall(prose(page)) if link.endswith(".png")
    }
    pictures = set((DOCS / "images").glob("*"))
    assert pictures == shown
    assert [named(picture) for picture in pictures if picture.stat().st_size > 200_000] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_reference_is_todays(language: str) -> None:
    made = script()
    assert made.page(language).read_text(encoding="utf-8") == made.fresh(language), "run scripts/docs_cli.py"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_reference_of_the_ledgers_is_todays(language: str) -> None:
    made = script("docs_ledgers")
    assert made.page(language).read_text(encoding="utf-8") == made.fresh(language), "run scripts/docs_ledgers.py"


def samples(language: str) -> list[tuple[str, str]]:
    """(form, text) of every sample on the page of formats."""
    text = (DOCS / language / "reference" / "formats.md").read_text(encoding="utf-8")
    return [(info.split()[1], body) for info, body in FENCE.findall(text) if len(info.split()) == 2]


def test_every_form_that_is_read_has_its_section_and_sample() -> None:
    assert samples("zh") == samples("en")
    assert {form for form, _ in samples("zh")} == set(READERS) - {"pcap"}
    for language in ("zh", "en"):
        assert set(READERS) <= anchors(DOCS / language / "reference" / "formats.md")


@pytest.mark.parametrize(("form", "text"), samples("zh"), ids=[form for form, _ in samples("zh")])
def test_every_sample_is_read_whole(tmp_path: Path, form: str, text: str) -> None:
    raw = text.encode()
    path = tmp_path / "sample"
    path.write_bytes(raw)
    head = head_of(raw)
    assert [name for name, reader in READERS.load_all().items() if reader().recognises(head)][:1] == [form]
    source = Source(1, "sample", path, head, io.BytesIO(raw), SourceClock(BEIJING))
    found = list(READERS.load(form)().read(source))
    assert sum(part.rows.num_rows for part in found if isinstance(part, Batch)) > 0
    # Line 0 is a remark on the whole file, such as that the year was taken from its date.
    assert [part for part in found if isinstance(part, Reject) and part.line] == []


def test_every_form_that_is_written_is_explained() -> None:
    for language in ("zh", "en"):
        page = (DOCS / language / "howto" / "block.md").read_text(encoding="utf-8")
        assert [form for form in COMPILERS if f"`{form}`" not in page] == []


def test_decision_records_are_numbered_once_and_titled_so() -> None:
    numbers = [int(path.name[:4]) for path in ADRS]
    assert [number for number, count in Counter(numbers).items() if count > 1] == []
    assert numbers
    for path, number in zip(ADRS, numbers, strict=True):
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name), path.name
        title = path.read_text(encoding="utf-8").splitlines()[0]
        assert re.match(rf"# {number}\. \S", title), f"{path.name} is titled {title!r}"
