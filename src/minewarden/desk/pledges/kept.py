"""Counts of the rolls that the database keeps itself: a city has three hundred thousand who sign, and its units few
sorts of them.
"""

from minewarden.desk.kit.kept_counts import KeptCounts
from minewarden.desk.pledges.models import Signer, SignerCount

COUNTS = KeptCounts(
    SignerCount._meta.db_table,
    Signer._meta.db_table,
    by={
        "unit_id": "{row}unit_id",
        "category": "{row}category",
        # Who has signed has the text of it.
        "text": "COALESCE({row}text_id, 0)",
        "again": "{row}again",
        "due_from": "{row}due_from",
        "reason": "{row}reason",
        "excused": "{row}excused_at IS NOT NULL",
        "reason_until": f"COALESCE({{row}}reason_until, '{SignerCount.NO_END.isoformat()}')",
    },
    counts={"people": "1"},
    where="{row}left_on IS NULL",
    read=(
        "unit_id", "category", "text_id", "again", "due_from", "reason", "excused_at", "reason_until", "left_on",
    ),
)  # fmt: skip
