"""Plans last two hours and name what is there."""

from pathlib import Path

import click
import pytest
from small_chapter import CHAPTER, NAME, put

from coldcarbon.book.project import Project, find_project
from coldcarbon.book.teaching.plan import plan_files, plan_text, read_modules
from coldcarbon.published import PAPERS

REAL = find_project(Path(__file__).parent)
MODULE = """
[[module]]
paper = "{paper}"
title = "A | title"
audience = "all"
before = "nothing"
keep = "much"

[[module.block]]
minutes = 80
what = '''
Read
it.'''
chapter = "xiao2023/small"
section = "Shares"

[[module.block]]
minutes = 40
what = "Solve it."
chapter = "xiao2023/small"
exercise = "e-double"
materials = "notebook"
"""
ALL = "".join(MODULE.format(paper=paper) for paper in PAPERS)


def planned(root: Path, text: str) -> Project:
    project = put(root, CHAPTER)
    (root / "book").mkdir(exist_ok=True)
    (root / "book" / "modules.toml").write_text(text, encoding="utf-8")
    return project


def test_a_plan_is_a_table_with_its_minutes(tmp_path: Path) -> None:
    modules = read_modules(planned(tmp_path, ALL))
    assert [module.paper for module in modules] == list(PAPERS)
    text = plan_text(modules[0], {NAME: "Small"})
    assert "| 0–80 | Read it. | Small: Shares | – |" in text
    assert "| 80–120 | Solve it. | Small: exercise `e-double` | notebook |" in text


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("minutes = 40", "minutes = 45", "module of xiao2023 lasts 125 minutes, not 120"),
        ('section = "Shares"', 'section = "Sharks"', "xiao2023/small has no section 'Sharks'"),
        ("e-double", "e-dubble", "xiao2023/small has no exercise 'e-dubble'"),
        ("xiao2023/small", "xiao2023/large", "there is no chapter 'xiao2023/large'"),
        ('chapter = "xiao2023/small"\nsection', "section", "'Shares' needs its chapter"),
        ('paper = "liu2022"', 'paper = "han2022"', "one module is wanted for each of"),
        ("minutes = 40", "minute = 40", "cannot be read"),
        ("[[module]]", "[[module", "cannot be read"),
    ],
)
def test_a_plan_that_names_what_is_not_there_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in ALL
    with pytest.raises(click.ClickException, match=complaint):
        read_modules(planned(tmp_path, ALL.replace(old, new)))


def test_each_paper_of_the_book_has_a_module() -> None:
    modules = read_modules(REAL)
    assert [module.paper for module in modules] == list(PAPERS)
    for module in modules:
        assert any(block.exercise for block in module.blocks), module.paper
        assert all(5 <= block.minutes <= 40 for block in module.blocks), module.paper
        assert all(module.paper in block.chapter or not block.chapter for block in module.blocks)


def test_a_file_per_paper() -> None:
    assert sorted(plan_files(REAL, {})) == sorted(f"plans/{paper}.md" for paper in PAPERS)
