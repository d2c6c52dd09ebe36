"""What a student's and a teacher's notebook hold, and how far each runs."""

from pathlib import Path

import nbformat
import pytest
from small_chapter import ANSWERS, CHAPTER, HEAD, HEADER, NAME, built_notebook, code_only, put, put_build, sources

from coldcarbon.book.execute import ExecutionFailedError, Job, execute
from coldcarbon.book.plain import glued_values
from coldcarbon.book.project import Project
from coldcarbon.book.teaching.notebooks import slips_worth_marking
from coldcarbon.book.teaching.pack import write_teaching
from coldcarbon.teaching import Answer

Copies = dict[str, nbformat.NotebookNode]


def test_a_student_gets_blanks_and_no_answer(copies: Copies) -> None:
    student = copies["student"]
    nbformat.validate(student)
    text = nbformat.writes(student)
    assert [answer for answer in ANSWERS if answer in text] == []
    assert all(not cell.outputs and cell.execution_count is None for cell in student.cells if "outputs" in cell)
    first, second = (source for source in sources(student, "code") if source.startswith("# your answer"))
    assert second == "# your answer"
    assert first.splitlines()[-3:] == [
        "# from coldcarbon.teaching import check",
        '# check("e-double", ..., "%", quantity="the double")',
        '# check("e-double", "...", quantity="larger one")',
    ]


def test_a_student_reads_plain_prose_with_its_numbers(copies: Copies) -> None:
    prose = "\n\n".join(sources(copies["student"], "markdown"))
    assert "The share is 12.35 %, and its double, … %," in prose
    assert "**Twice**" in prose
    assert "Double the share of 12.3 %." in prose
    assert "**You will learn**" in prose
    assert [mark for mark in ("{", ":::", "```", ")=", ":label:", "xiao2023_") if mark in prose] == []
    assert copies["student"].metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }


def test_a_students_copy_runs_up_to_the_first_blank(copies: Copies, tmp_path: Path) -> None:
    # The blank itself runs too; the first cell that needs an answer is the one that fails.
    with pytest.raises(ExecutionFailedError, match="name 'doubled' is not defined") as failed:
        execute(Job("student", tmp_path / "student.ipynb", copies["student"]))
    assert "code cell 6 of 6 ('later = doubled + 1')" in str(failed.value)


@pytest.mark.parametrize(("answer", "verdict"), [("24.6", "Right, within 1 %."), ("12.345", "sum and mean")])
def test_a_student_has_an_answer_checked(built: Project, pack: Path, copies: Copies, answer: str, verdict: str) -> None:
    student = nbformat.from_dict(copies["student"])
    blank = next(cell for cell in student.cells if cell.source.startswith("# your answer"))
    lines = blank.source.splitlines()
    blank.source = "\n".join([lines[-3].removeprefix("# "), lines[-2].removeprefix("# ").replace("...", answer)])
    student.cells = student.cells[: student.cells.index(blank) + 1]
    executed, _ = execute(Job("student", pack / "xiao2023" / "mine.ipynb", student))
    assert verdict in executed.cells[-1].outputs[-1].data["text/plain"]


def test_a_teachers_copy_has_all_and_runs_to_the_end(copies: Copies, tmp_path: Path) -> None:
    teacher = copies["teacher"]
    nbformat.validate(teacher)
    assert sources(teacher, "code") == sources(code_only(CHAPTER), "code")
    prose = "\n\n".join(sources(teacher, "markdown"))
    assert "It is 24.7 %, or with all its digits 24.69." in prose
    assert "A share has an end." in prose
    executed, _ = execute(Job("teacher", tmp_path / "teacher.ipynb", teacher))
    assert glued_values(executed)["xiao2023_doubled_percent"] == "24.69"


def test_a_marking_note_says_what_each_answer_is_worth(copies: Copies) -> None:
    notes = [source for source in sources(copies["teacher"], "markdown") if source.startswith("### Solution")]
    first, second = notes
    assert "`e-double`" in first
    assert "2 points for each answer within its tolerance" in first
    assert "6 in all" in first
    assert "- the double = 24.69 %, from 24.44 to 24.94; slips: -24.69 (sign), 49.38 (sum and mean)" in first
    assert "- larger one = double" in first
    assert "- `xiao2023_doubled_percent`: 24.69" in first
    assert "```text\n24.69\n```" in first
    assert "mark the reasoning" in second


def test_slips_that_pass_for_right_are_not_marked() -> None:
    assert slips_worth_marking(Answer("a/b", "e", "share", "steppe")) == []
    names = [slip.name for slip in slips_worth_marking(Answer("a/b", "e", "share", 3.0, "%", tolerance=0.4, terms=2))]
    assert len(names) == len(set(names))
    assert "sign" in names


def test_numbers_from_simulated_data_are_announced(tmp_path: Path) -> None:
    text = HEADER + HEAD.replace("{glue:text}`xiao2023_share_percent:.0f`", "5") + "\n```{code-cell}\nchapter\n```\n"
    project = put(tmp_path, text)
    notebook = code_only(text)
    said = f"Data state of {NAME}: simulated\n"
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)]
    put_build(project, notebook)
    write_teaching(project, tmp_path / "out")
    for who in ("student", "teacher"):
        first = nbformat.read(tmp_path / "out" / f"{NAME}-{who}.ipynb", as_version=4).cells[0].source
        assert "without all of the real data (simulated)" in first


def test_an_answer_is_hidden_in_other_chapters_too(built: Project, tmp_path: Path) -> None:
    project = put(tmp_path, CHAPTER)
    put_build(project, built_notebook(built))
    other = (
        HEADER
        + HEAD
        + (
            "\n```{code-cell} ipython3\n1\n```\n\nOf {glue:text}`xiao2023_share_percent:.0f` %, "
            "{glue:text}`xiao2023_doubled_percent:.1f` %.\n"
        )
    )
    put(tmp_path, other, "xiao2023/other")
    put_build(project, code_only(other), "xiao2023/other")
    write_teaching(project, tmp_path / "out")
    last = {
        who: nbformat.read(tmp_path / "out" / f"xiao2023/other-{who}.ipynb", as_version=4).cells[-1].source
        for who in ("student", "teacher")
    }
    assert last == {"student": "Of 12 %, … %.", "teacher": "Of 12 %, 24.7 %."}
