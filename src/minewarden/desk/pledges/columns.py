"""The roll of those who sign, as a table: for template, import, export and form."""

from minewarden.desk.pledges.models import Signer
from minewarden.documents.sheet import Column, Kind, Table
from minewarden.vocab.message import message

_HANDED_IN = (Signer.Category.STUDENT, Signer.Category.OPERATOR, Signer.Category.INVOLVED, Signer.Category.STAFF)

ROLL = Table(
    "pledgers",
    message("desk_pledges.table_roll"),
    (
        Column(
            "unit",
            message("ledger_columns.col_unit"),
            Kind.REFERENCE,
            required=True,
            help=message("ledger_columns.help_unit"),
            example="云川市第一中学",
            width=24,
        ),
        Column(
            "group",
            message("desk_pledges.col_group"),
            required=True,
            help=message("desk_pledges.help_group"),
            example="初一（3）班",
            also=("班级", "部门", "科室", "处室"),
            width=16,
        ),
        Column(
            "category",
            message("desk_pledges.col_category"),
            Kind.CHOICE,
            required=True,
            choices={code.value: message(f"desk_pledges.category_{code.value}") for code in _HANDED_IN},
            made={Signer.Category.UNIT.value: message("desk_pledges.category_unit")},
            example="student",
            also=("类别", "人员类别"),
        ),
        Column(
            "number",
            message("desk_pledges.col_number"),
            required=True,
            help=message("desk_pledges.help_number"),
            example="20260307",
            longest=60,
            also=("学号", "工号", "编号"),
        ),
        Column("name", message("ledger_columns.col_staff_name"), required=True, example="秦朗", longest=60, width=10),
        Column(
            "under14",
            message("desk_pledges.col_under14"),
            Kind.FLAG,
            help=message("desk_pledges.help_under14"),
            example="yes",
            also=("未满十四周岁", "未满14周岁"),
        ),
        Column("note", message("ledger_columns.col_note"), longest=200, width=24),
    ),
    key=("unit", "number"),
)
