"""Files as downloads, named as offices name them."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from django.http import HttpResponse

from minewarden.vocab.words import DISPLAY_ZONE

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
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


def files(given: Mapping[str, bytes], name: str) -> HttpResponse:
    """One file as it is, several as `name`.zip; the same files are the same bytes."""
    if len(given) == 1:
        (only, data), *_ = given.items()
        return attached(data, only, "text/plain; charset=utf-8")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, data in sorted(given.items()):
            archive.writestr(zipfile.ZipInfo(file, _ZIP_EPOCH), data)
    return attached(packed.getvalue(), f"{name}.zip", "application/zip")


def attached(data: bytes, name: str, kind: str) -> HttpResponse:
    """A file that the browser saves and does not open."""
    answer = HttpResponse(data, content_type=kind)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
