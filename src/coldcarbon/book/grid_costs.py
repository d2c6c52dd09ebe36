"""What the recorded run of the grids benchmark found, as tables of the performance page."""

from __future__ import annotations

from typing import Any

from docutils import nodes

from coldcarbon.book.crosswalk import UNBROKEN, machine_lines, seconds_text
from coldcarbon.book.tables import Cell, plain_table

__all__ = ["grid_costs"]

Record = dict[str, Any]
GROWN = (
    "Grids of growing size, chunk by chunk into a store, rows of chance, on all cores. Here rows per second per core "
    "are per second of processor time."
)


def grid_costs(record: Record | None) -> list[nodes.Node]:
    """Rows a second beside scikit-learn and ranger, growth with the rows, and the cost of the finest map.

    Parameters
    ----------
    record : dict or None
        Content of ``benchmarks/grids.json``; without it nothing is drawn.
    """
    if record is None:
        return []
    forest = record["forest"]
    about = (
        f"A forest of {forest['trees']} trees, grown on {forest['training_rows']:,} rows and {forest['columns']} "
        f"columns with {forest['nodes_of_a_tree']:,.0f} nodes a tree ({forest['nodes_of_a_tree_scikit_learn']:,.0f} in "
        "scikit-learn), predicts a map. Rows of chance differ in all columns, which is the worst case for a tree; rows "
        "of a map resemble their neighbours. Each side runs on one thread, and they take turns. "
        f"Recorded {record['recorded_on']}, not computed by this build."
    )
    lines = machine_lines(record["machine"])[:1]
    section = nodes.section(
        "",
        nodes.title("", "Maps"),
        nodes.paragraph("", about),
        nodes.paragraph("", *map(nodes.Text, lines)),
        _rates(record),
        nodes.paragraph("", GROWN),
        _growth(record["growth"]),
        *_finest(record["finest_map"]),
        ids=["maps"],
    )
    return [section]


def _rates(record: Record) -> nodes.Node:
    rows: list[list[Cell]] = []
    for row in record["rates"]:
        ratio = "–"
        if row["by"] != "ours":
            ratio = f"{row['time_ratio_ours']:.2g} ({row['ratio_lowest']:.2g} to {row['ratio_highest']:.2g})"
        rows.append([row["rows"], row["by"], number_text(row["rows_per_second_per_core"]), ratio])
    head = ["Rows", "By", "Rows per second per core", "Time, ours to theirs (lowest to highest)"]
    return plain_table(head, rows, classes=["performance"])


def _growth(grown: list[Record]) -> nodes.Node:
    rows: list[list[Cell]] = [
        [
            f"{row['rows']:,}",
            seconds_text(row["seconds"]),
            seconds_text(row["core_seconds"]),
            number_text(row["rows_per_second_per_core"]),
            f"{row['peak_mb']:,.0f}{UNBROKEN}MB",
            "yes" if row["busy_others"] > 0 else "no",
        ]
        for row in grown
    ]
    head = ["Rows", "Time", "Processor time", "Rows per second per core", "Largest memory", "Machine busy otherwise"]
    return plain_table(head, rows, classes=["performance"])


def _finest(cost: Record) -> list[nodes.Node]:
    text = (
        f"Extrapolated, not measured: one field on the grid of 43,200 by 21,600 cells has {cost['cells']:,} rows "
        f"({cost['counted_on']}). From the rate of the grid of {cost['extrapolated_from_rows']:,} rows, with "
        f"{cost['cores_per_machine']} cores a machine, no time for the network, and the writing done by one process:"
    )
    hours = cost["hours_by_machines"]
    rows: list[list[Cell]] = [
        [machines, *(f"{by_kind[kind]:.2g}{UNBROKEN}h" for kind in ("rows of a map", "rows of chance"))]
        for machines, by_kind in hours.items()
    ]
    head = ["Machines", "If rows are those of a map", "If rows are of chance"]
    return [nodes.paragraph("", text), plain_table(head, rows, classes=["performance"])]


def number_text(value: float) -> str:
    """Two digits, with thousands."""
    return f"{float(f'{value:.2g}'):,.0f}"
