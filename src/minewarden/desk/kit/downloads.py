"""Files as downloads, named as offices name them."""

import re
from datetime import datetime
from urllib.parse import quote

from django.http import HttpResponse

from minewarden.vocab.words import DISPLAY_ZONE

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')


def workbook(content: bytes, unit: str, title: str, now: datetime) -> HttpResponse:
    """A workbook called 单位_表名_20261123.xlsx."""
    answer = HttpResponse(content, content_type=_XLSX)
    answer["Content-Disposition"] = disposition(f"{file_name(unit, title, now)}.xlsx")
    return answer


def disposition(name: str) -> str:
    """The header that lets a browser save a file under a name, Chinese ones too."""
    return f"attachment; filename*=UTF-8''{quote(name)}"


def file_name(unit: str, title: str, now: datetime) -> str:
    """单位_表名_20261123, without what file systems refuse; the day is Beijing's."""
    return f"{_UNSAFE.sub('', unit)}_{_UNSAFE.sub('', title)}_{now.astimezone(DISPLAY_ZONE):%Y%m%d}"
