"""An invented table for the tests of spreadsheets."""

from minewarden.documents.sheet import Column, Kind, Table
from minewarden.vocab.message import message

CHOICES = {"server": message("desk_ledger.purpose_server"), "office": message("desk_ledger.purpose_office")}
TABLE = Table(
    "devices",
    message("desk_ledger.assets"),
    (
        Column("number", message("desk_ledger.number"), required=True, example="ZC-001", longest=20),
        Column(
            "purpose", message("desk_ledger.purpose"), Kind.CHOICE, required=True, choices=CHOICES, example="office"
        ),
        Column("mac", message("desk_ledger.mac"), Kind.MAC, example="00-1F-E2-12-91-E3"),
        Column("phone", message("desk_org.phone"), Kind.PHONE, example="13800000000", also=("手机号码",)),
        Column("from", message("desk_ledger.valid_from"), Kind.DATE, help=message("desk_ledger.cidr_help")),
        Column("size", message("desk_org.accounts"), Kind.NUMBER),
        Column("used", message("desk_ledger.in_use"), Kind.FLAG, example="yes"),
        Column("note", message("desk_ledger.note")),
    ),
    key=("number",),
)
