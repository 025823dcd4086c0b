"""The pixels show the drawing, in its colours and with its Chinese words."""

import pymupdf

from minewarden.documents.charts import Chart, Series, draw
from minewarden.documents.pictures import to_png


def test_a_chart_becomes_a_picture_as_wide_as_the_page():
    chart = Chart("存量", ("第10周", "第11周"), (Series("存量", "#b3222c", (0, 5)),))
    picture = pymupdf.Pixmap(to_png(draw(chart), dots_per_inch=100))
    assert abs(picture.width - 156 / 25.4 * 100) <= 2
    pixels = {picture.pixel(x, y)[:3] for x in range(0, picture.width, 2) for y in range(0, picture.height, 2)}
    assert any(red > 150 and green < 90 and blue < 90 for red, green, blue in pixels), "the red line is there"
