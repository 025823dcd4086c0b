"""The list of energy as a table."""

from minewarden.documents.sheet import Column, Kind, Table
from minewarden.vocab.message import message

ENERGY = Table(
    "energy",
    message("desk_measures.energy_table"),
    (
        Column("case", message("desk_measures.col_case"), width=16),
        Column("unit", message("desk_measures.col_unit"), width=24),
        Column("began", message("desk_measures.col_began"), width=17),
        Column("ended", message("desk_measures.col_ended"), width=17),
        Column("kwh", message("desk_measures.col_kwh"), Kind.NUMBER, width=16),
        Column("kg", message("desk_measures.col_kg"), Kind.NUMBER, width=18),
        Column("yuan", message("desk_measures.col_yuan"), Kind.NUMBER, width=16),
        Column("how", message("desk_measures.col_how"), width=44),
        Column("factor", message("desk_measures.col_factor"), width=44),
        Column("rate", message("desk_measures.col_rate"), width=44),
    ),
    ("case",),
)
