"""A chart shows each value where it belongs, leaves gaps open, and cannot be broken out of by a name."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.documents.charts import Chart, Series, draw

SVG = "{http://www.w3.org/2000/svg}"
values = st.lists(st.none() | st.floats(0, 1e7), min_size=1, max_size=60)


def drawn(*series: Series, labels: tuple[str, ...], **rest: object) -> ElementTree.Element:
    return ElementTree.fromstring(draw(Chart("存量", labels, series, **rest)))  # type: ignore[arg-type]


@given(values, st.sampled_from(("line", "bar")))
def test_every_known_value_is_drawn_once_inside_the_picture(given_values, form):
    labels = tuple(str(n) for n in range(len(given_values)))
    picture = drawn(Series("新增", "#1557b0", tuple(given_values), form=form), labels=labels)
    marks = [mark for mark in picture.iter() if "data-at" in mark.attrib]
    known = [n for n, value in enumerate(given_values) if value is not None and (value or form == "line")]
    assert [int(mark.attrib["data-at"]) for mark in marks] == known
    for mark in marks:
        assert 0 <= float(mark.attrib.get("cy", mark.attrib.get("y", 0))) <= 320
        assert 0 <= float(mark.attrib.get("cx", mark.attrib.get("x", 0))) <= 960


def test_a_larger_value_stands_higher():
    picture = drawn(Series("存量", "#1557b0", (1, 4, 2)), labels=("a", "b", "c"))
    heights = [float(circle.attrib["cy"]) for circle in picture.iter(f"{SVG}circle")]
    assert heights[1] < heights[2] < heights[0]


def test_no_line_is_drawn_over_a_week_of_which_nothing_is_known():
    picture = drawn(Series("存量", "#1557b0", (1, None, 2)), labels=("a", "b", "c"))
    assert len(list(picture.iter(f"{SVG}polyline"))) == 2


def test_a_name_stays_text():
    picture = drawn(Series("</svg><script>", "#1557b0", (1,)), labels=("<b>",))
    assert not list(picture.iter(f"{SVG}script"))
    assert "</svg><script>" in {text.text for text in picture.iter(f"{SVG}text")}


def test_values_without_labels_are_refused():
    with pytest.raises(ValueError):
        drawn(Series("存量", "#1557b0", (1, 2)), labels=("a",))
