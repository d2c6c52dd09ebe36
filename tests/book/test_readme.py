"""What the README says of verdicts is what the ledger records."""

from coldcarbon.book.project import Project, find_project
from coldcarbon.book.readme import END, START, ledger_lines, readme_text
from coldcarbon.claims import recorded_rows

PROJECT = find_project()


def test_the_readme_shows_the_recorded_ledger():
    assert readme_text(PROJECT) == (PROJECT.root / "README.md").read_text(encoding="utf-8"), "run `make ledger`"


def test_lines_count_verdicts_and_show_rows_on_data():
    rows = list(recorded_rows(PROJECT.ledger).values())
    lines = ledger_lines(rows)
    assert f"{sum(row.verdict == 'reproduced' for row in rows)} reproduced" in lines
    real = [row for row in rows if row.evidence == "real"]
    assert all(f"| {row.statement} | " in lines and f" | {row.verdict} |" in lines for row in real[:3])
    assert not any(f"| {row.statement} |" in lines for row in rows if row.evidence != "real")
    assert ledger_lines([]).count("\n") == 3


def test_only_the_marked_place_changes(tmp_path):
    (tmp_path / "README.md").write_text(f"above\n{START}old\n{END}\nbelow\n", encoding="utf-8")
    text = readme_text(Project(tmp_path))
    assert text.startswith(f"above\n{START}")
    assert text.endswith(f"{END}\nbelow\n")
    assert "old" not in text
