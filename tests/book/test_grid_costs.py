"""The recorded cost of maps as readers see it."""

from docutils import nodes

from coldcarbon.book.grid_costs import grid_costs

RECORD = {
    "recorded_on": "2026-01-02",
    "machine": {
        "processor": "Some CPU",
        "cores": 2,
        "system": "Some Linux",
        "python": "3.11.7",
        "blas": "openblas 0.3",
        "threads": 1,
        "packages": {"numpy": "2.4"},
        "r": {},
    },
    "forest": {
        "trees": 500,
        "training_rows": 3913,
        "columns": 12,
        "rows_at_once": 10_000,
        "nodes_of_a_tree": 2600.4,
        "nodes_of_a_tree_scikit_learn": 2475.0,
    },
    "rates": [
        {
            "rows": "rows of a map",
            "by": by,
            "rows_per_second_per_core": rate,
            "time_ratio_ours": ratio,
            "ratio_lowest": ratio / 2,
            "ratio_highest": 2 * ratio,
        }
        for by, rate, ratio in (("ours", 41_234.0, 1.0), ("ranger", 20_000.0, 0.48))
    ],
    "growth": [
        {
            "rows": rows,
            "seconds": rows / 50_000,
            "core_seconds": rows / 30_000,
            "rows_per_second_per_core": 30_000.0,
            "peak_mb": 512.3,
            "busy_others": busy,
        }
        for rows, busy in ((10_000, 0.0), (1_000_000, 1.5))
    ],
    "finest_map": {
        "cells": 242_712_000,
        "counted_on": "67,420 land cells",
        "share_of_all_cells": 0.26,
        "extrapolated_from_rows": 1_000_000,
        "cores_per_machine": 2,
        "writing_hours": 0.02,
        "hours_by_machines": {
            "1": {"rows of chance": 1.0196, "rows of a map": 0.32},
            "10": {"rows of chance": 0.126, "rows of a map": 0.056},
        },
    },
}


def test_rates_growth_and_cost_are_shown_and_what_is_extrapolated_says_so() -> None:
    (section,) = grid_costs(RECORD)
    cells = [cell.astext().replace("\N{NO-BREAK SPACE}", " ") for cell in section.findall(nodes.entry)]
    assert cells[4:12] == [
        "rows of a map",
        "ours",
        "41,000",
        "–",
        "rows of a map",
        "ranger",
        "20,000",
        "0.48 (0.24 to 0.96)",
    ]
    assert cells[24:30] == ["1,000,000", "20 s", "33.3 s", "30,000", "512 MB", "yes"]
    assert cells[-6:] == ["1", "0.32 h", "1 h", "10", "0.056 h", "0.13 h"]
    text = section.astext()
    assert "Extrapolated, not measured" in text
    assert "242,712,000 rows (67,420 land cells)" in text
    assert "Recorded 2026-01-02" in text


def test_without_a_record_nothing_is_drawn() -> None:
    assert grid_costs(None) == []
