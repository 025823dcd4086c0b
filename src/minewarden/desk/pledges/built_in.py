"""Puts annex 3 of the plan and its variants into the desk as version 1 of each text."""

from datetime import UTC, date, datetime

from minewarden.desk.pledges.chain import text_digest
from minewarden.desk.pledges.models import Text
from minewarden.desk.pledges.texts import built_in

_FROM = date(2022, 3, 1)


def publish() -> None:
    """Add what is missing; what is there is never changed."""
    known = set(Text.objects.values_list("variant", flat=True))
    fresh = []
    for variant, (title, body) in built_in().items():
        if variant not in known:
            text = Text(variant=variant, number=1, title=title, body=body, effective_from=_FROM)
            text.published_at, text.sha256 = datetime.combine(_FROM, datetime.min.time(), UTC), text_digest(text)
            fresh.append(text)
    Text.objects.bulk_create(fresh)
