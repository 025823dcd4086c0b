"""The bounded process that opens a scan: takes its bounds first, answers on standard output, and ends.

Standard input: one line of JSON that says what is asked, then the file. Exit codes: 0 answered, 4 too many pages,
anything else: it could not be read.
"""

import io
import json
import resource
import sys
import warnings
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image, ImageOps

_TOO_MANY = 4
MOST_PIXELS = 60_000_000
# 200 dpi shows the code of a good scan; what was scanned small or askew is looked at once more, larger.
_SCALES = (200 / 72, 300 / 72)
_LONGEST = 5_000


def main() -> int:
    """Answer one question."""
    order = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    for what, most in ((resource.RLIMIT_AS, order["memory"]), (resource.RLIMIT_CPU, order["seconds"])):
        _, ceiling = resource.getrlimit(what)
        least = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(what, (least, least))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if order["kind"] != "pdf":
        sys.stdout.write(json.dumps([_of_picture(data)]))
        return 0
    document = pypdfium2.PdfDocument(data)
    if len(document) > order["most_pages"]:
        return _TOO_MANY
    if order["do"] == "page":
        sys.stdout.buffer.write(_split(document, order["number"]))
    else:
        sys.stdout.write(json.dumps([_of_page(page) for page in document]))
    return 0


def _split(document: pypdfium2.PdfDocument, number: int) -> bytes:
    out = io.BytesIO()
    single = pypdfium2.PdfDocument.new()
    single.import_pages(document, [number - 1])
    single.save(out)
    return out.getvalue()


def _of_page(page: Any) -> list[str]:
    longest = max(*page.get_size(), 1)
    for scale in _SCALES:
        image = page.render(scale=min(scale, _LONGEST / longest), grayscale=True).to_pil()
        if found := _codes(image):
            return found
    return []


def _of_picture(data: bytes) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        opened = Image.open(io.BytesIO(data))
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError("a picture of too many points")
        image = (ImageOps.exif_transpose(opened) or opened).convert("L")
    image.thumbnail((_LONGEST, _LONGEST))
    found = _codes(image)
    if not found and max(image.size) < _LONGEST / 2:
        found = _codes(image.resize((image.width * 2, image.height * 2)))
    return found


def _codes(image: Image.Image) -> list[str]:
    read = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [found.text for found in sorted(read, key=lambda one: one.position.top_left.y) if found.text]


if __name__ == "__main__":
    sys.exit(main())
