"""A chapter is read with its last build, and what does not fit together is refused."""

from pathlib import Path

import click
import nbformat
import pytest
from small_chapter import CHAPTER, HEAD, HEADER, NAME, SECOND, built_notebook, code_only, put, put_build, sources

from coldcarbon.book.plain import GLUE_ROLE
from coldcarbon.book.project import Project, find_project
from coldcarbon.book.teaching.lesson import read_lesson
from coldcarbon.book.teaching.pack import write_teaching
from coldcarbon.chapter import ANSWER_MIME

REAL = find_project(Path(__file__).parent)
PLAIN_HEAD = HEAD.replace("{glue:text}`xiao2023_share_percent:.0f`", "5")


def test_a_lesson_knows_its_exercises_and_their_answers(built: Project) -> None:
    lesson = read_lesson(built, built.notebook(NAME))
    first, second = lesson.exercises
    assert (first.label, first.title) == ("e-double", "Twice")
    assert first.task == "Double the share of {glue:text}`xiao2023_share_percent:.1f` %."
    assert (second.title, second.task) == ("", "Why not more?")
    double, larger = lesson.answers()
    assert (double.quantity, double.value, double.unit, double.terms) == ("the double", 24.69, "%", 2)
    assert larger.value == "double"
    assert lesson.state == "real"
    assert lesson.values(solutions=True) == {"xiao2023_doubled_percent": "24.69"}


def test_a_solution_without_gates_is_taken_out_too(tmp_path: Path) -> None:
    text = (
        HEADER
        + PLAIN_HEAD
        + (
            "\n```{code-cell} ipython3\n1\n```\n\n````{exercise}\n:label: e-1\nWhy?\n````\n\n"
            "````{solution} e-1\n:class: dropdown\nBecause:\n```python\nx\n```\n````\nAfter.\n"
        )
    )
    project = put(tmp_path, text)
    put_build(project, code_only(text))
    lesson = read_lesson(project, project.notebook(NAME))
    assert [exercise.task for exercise in lesson.exercises] == ["Why?"]
    before, solution, after = lesson.parts
    assert [part.exercise for part in lesson.parts] == ["", "e-1", ""]
    assert "Why?" in before.cells[-1].source
    assert [cell.source for cell in solution.cells] == ["Because:\n```python\nx\n```\n"]
    assert [cell.source.strip() for cell in after.cells] == ["After."]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "```{solution-start} e-double",
            "```{solution-start} e-dubble",
            "'e-double' .1 exercises, 0 .* 'e-dubble' .0 ex",
        ),
        (SECOND, SECOND.partition("```{solution-start}")[0], "'e-reason' .1 exercises, 0 solutions"),
        (SECOND, SECOND.partition("```{exercise-end}\n```")[2], "'e-reason' .0 exercises, 1 solutions"),
        (":label: e-reason", ":class: x", "'without a label' .1 exercises, 0 .* 'e-reason' .0 ex"),
        ("solution-start} e-reason", "solution-start}", "'e-reason' .1 exercises, 0 .* 'no exercise' .0 ex"),
        (SECOND, SECOND.replace("e-reason", "e-double"), "'e-double' .2 exercises, 2 solutions"),
        ("A share has an end.\n\n```{solution-end}\n```", "", "solution of 'e-reason' has no solution-end"),
        ("\n```{solution-end}\n```\n" + SECOND, SECOND, "'e-reason' begins within that of 'e-double'"),
        ("## Afterwards", "```{solution-end}\n```", "a solution-end without its solution-start"),
        (SECOND, f"::::{{note}}\n{SECOND}\n::::", "stands within another directive"),
        (
            "{glue:text}`xiao2023_share_percent:.2f`",
            "{glue:text}`xiao2023_new_m`",
            "xiao2023_new_m, unknown .* `make book`",
        ),
        ("**Time:** 20 minutes.", "", "lacks a title, a box 'You will learn' or a line with time"),
        ("later = doubled + 1", "later = doubled + 2", "has changed since the last build: run `make book`"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    built: Project, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in CHAPTER
    project = put(tmp_path, CHAPTER.replace(old, new))
    notebook = built_notebook(built)
    if "later" not in old:
        # A build of the changed text: the outputs belong to cells of the same code.
        outputs = {cell.source.strip(): cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
        notebook = code_only(CHAPTER.replace(old, new))
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = outputs.get(cell.source.strip(), [])
    put_build(project, notebook)
    with pytest.raises(click.ClickException, match=complaint) as refused:
        write_teaching(project, tmp_path / "out")
    assert "xiao2023/small" in refused.value.message
    assert not (tmp_path / "out").exists()


def test_an_answer_stands_in_its_own_solution(built: Project, tmp_path: Path) -> None:
    project, notebook = put(tmp_path, CHAPTER), built_notebook(built)
    published = [
        o.data[ANSWER_MIME] for c in notebook.cells for o in c.get("outputs", []) if ANSWER_MIME in o.get("data", {})
    ]
    published[1]["exercise"] = "e-reason"
    put_build(project, notebook)
    with pytest.raises(click.ClickException, match="answer of 'e-reason' stands in the solution of 'e-double'"):
        write_teaching(project, tmp_path / "out")


def test_without_a_build_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"xiao2023/small is not in the last build.*run `make book` first"):
        write_teaching(put(tmp_path, CHAPTER), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_chapter_of_the_book_has_as_many_blanks_as_exercises(tmp_path: Path) -> None:
    exercises = {}
    for path in REAL.notebooks():
        chapter, text = REAL.chapter(path), path.read_text(encoding="utf-8")
        project = put(tmp_path, text, chapter)
        notebook = code_only(text)
        # Numbers of a build are not wanted here, only that each key has one.
        code = next(cell for cell in notebook.cells if cell.cell_type == "code")
        for key in {match["key"] for match in GLUE_ROLE.finditer(text)}:
            data = {"application/papermill.record/text/plain": "1"}
            code.outputs.append(
                nbformat.v4.new_output("display_data", data=data, metadata={"scrapbook": {"name": key}})
            )
        put_build(project, notebook, chapter)
        exercises[f"{chapter}-student.ipynb"] = text.count("{exercise-start}") + text.count("{exercise}")
    assert sum(exercises.values()) > 0
    for path in write_teaching(Project(tmp_path), tmp_path / "out"):
        if path.suffix != ".ipynb":
            continue
        code = sources(nbformat.read(path, as_version=4), "code")
        blanks = sum(source.startswith("# your answer") for source in code)
        assert blanks == exercises.get(path.relative_to(tmp_path / "out").as_posix(), 0), path.name


@pytest.mark.parametrize("path", REAL.notebooks(), ids=REAL.chapter)
def test_every_chapter_of_the_book_is_ready_to_teach(path: Path) -> None:
    """Answers of a build are counted in tests/built; here each solution calls for one, and cells are tagged."""
    text = path.read_text(encoding="utf-8")
    for solution in text.split("{solution-start}")[1:]:
        label = solution.split(maxsplit=1)[0]
        assert "chapter.answer(" in solution.partition("{solution-end}")[0], label
    tagged = [cell for cell in code_only(text).cells if "slide" in cell.metadata.get("tags", [])]
    assert 4 <= len(tagged) <= 8
    assert any("chapter.figure(" in cell.source for cell in tagged)
