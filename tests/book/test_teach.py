"""A small chapter becomes a student's and a teacher's notebook: what each holds, how far each runs, what is refused."""

from pathlib import Path

import click
import jupytext
import nbformat
import pytest

from coldcarbon.book.execute import ExecutionFailedError, Job, execute
from coldcarbon.book.plain import GLUE_ROLE, glued_values, plain_notebook
from coldcarbon.book.project import Project, find_project
from coldcarbon.book.teach import write_teaching
from support import HEADER

GATED = """
```{{exercise-start}} {title}
:label: {label}
```

{task}

```{{exercise-end}}
```

```{{solution-start}} {label}
:class: dropdown
```

{answer}

```{{solution-end}}
```
"""
FIRST = GATED.format(
    title="Twice",
    label="e-double",
    task="Double the share of {glue:text}`xiao2023_share_percent:.1f` %.",
    answer="""Multiply by two.

```{code-cell} ipython3
doubled = 2 * share
glue("xiao2023_doubled_percent", doubled, display=False)
doubled
```

It is {glue:text}`xiao2023_doubled_percent:.1f` %, or with all its digits {glue:text}`xiao2023_doubled_percent`.""",
)
SECOND = GATED.format(
    title="",
    label="e-reason",
    task="Why not more?",
    answer="""```{code-cell} ipython3
assert doubled < 100
```

A share has an end.""",
)
CHAPTER = (
    HEADER
    + """
(xiao2023-small)=
# Small

:::{admonition} You will learn
:class: tip
- to double
:::

```{code-cell} ipython3
from myst_nb import glue

share = 12.345
glue("xiao2023_share_percent", share, display=False)
share
```

The share is {glue:text}`xiao2023_share_percent:.2f` %, and its double, {glue:text}`xiao2023_doubled_percent:.1f` %,
is for you to find.

```{claims} xiao2023/small
```

## Exercises
"""
    + FIRST
    + SECOND
    + """
## Afterwards

```{code-cell} ipython3
later = doubled + 1
```
"""
)
ANSWERS = ("24.69", "24.7", "2 * share", "Multiply by two", "doubled < 100", "A share has an end")


def put(root: Path, text: str, chapter: str = "xiao2023/small") -> Project:
    path = root / "notebooks" / f"{chapter}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Project(root)


def put_build(project: Project, notebook: nbformat.NotebookNode, chapter: str = "xiao2023/small") -> None:
    """Put an executed notebook where a build does, as a build does."""
    path = project.html / "notebooks" / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(plain_notebook(notebook), path)


def code_only(text: str) -> nbformat.NotebookNode:
    """A notebook as its build would hold it if nothing in it had an output."""
    return jupytext.reads(text, fmt="md:myst")


def cell_sources(notebook: nbformat.NotebookNode, kind: str) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = put(tmp_path_factory.mktemp("checkout"), CHAPTER)
    path = project.notebook("xiao2023/small")
    put_build(project, execute(Job("small", path, jupytext.read(path)))[0])
    return project


@pytest.fixture(scope="module")
def copies(built: Project) -> dict[str, nbformat.NotebookNode]:
    folder = built.build / "teach"
    written = write_teaching(built, folder)
    assert [path.relative_to(folder).as_posix() for path in written] == [
        "xiao2023/small-student.ipynb",
        "xiao2023/small-teacher.ipynb",
    ]
    return {path.stem.rpartition("-")[2]: nbformat.read(path, as_version=4) for path in written}


def test_a_student_gets_blanks_and_no_answer(copies: dict[str, nbformat.NotebookNode]) -> None:
    student = copies["student"]
    nbformat.validate(student)
    text = nbformat.writes(student)
    assert [answer for answer in ANSWERS if answer in text] == []
    assert cell_sources(student, "code")[1:3] == ["# your answer"] * 2
    assert all(not cell.outputs and cell.execution_count is None for cell in student.cells if "outputs" in cell)


def test_a_student_reads_plain_prose_with_its_numbers(copies: dict[str, nbformat.NotebookNode]) -> None:
    prose = "\n\n".join(cell_sources(copies["student"], "markdown"))
    assert "The share is 12.35 %, and its double, … %," in prose
    assert "**Twice**" in prose
    assert "Double the share of 12.3 %." in prose
    assert "**You will learn**" in prose
    assert [mark for mark in ("{", ":::", "```", ")=", ":label:", "xiao2023") if mark in prose] == []
    assert copies["student"].metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }


def test_a_students_copy_runs_up_to_the_first_blank(copies: dict[str, nbformat.NotebookNode], tmp_path: Path) -> None:
    # The blank itself runs too; the first cell that needs an answer is the one that fails.
    with pytest.raises(ExecutionFailedError, match="name 'doubled' is not defined") as failed:
        execute(Job("student", tmp_path / "student.ipynb", copies["student"]))
    assert "code cell 4 of 4 ('later = doubled + 1')" in str(failed.value)


def test_a_teachers_copy_has_all_and_runs_to_the_end(copies: dict[str, nbformat.NotebookNode], tmp_path: Path) -> None:
    teacher = copies["teacher"]
    nbformat.validate(teacher)
    assert cell_sources(teacher, "code") == cell_sources(code_only(CHAPTER), "code")
    prose = "\n\n".join(cell_sources(teacher, "markdown"))
    assert "It is 24.7 %, or with all its digits 24.69." in prose
    assert "A share has an end." in prose
    executed, _ = execute(Job("teacher", tmp_path / "teacher.ipynb", teacher))
    assert glued_values(executed)["xiao2023_doubled_percent"] == "24.69"


def test_a_marking_note_says_what_each_solution_computes(copies: dict[str, nbformat.NotebookNode]) -> None:
    prose = cell_sources(copies["teacher"], "markdown")
    first, second = (source for source in prose if source.startswith("### Solution"))
    assert "`e-double`" in first
    assert "- `xiao2023_doubled_percent`: 24.69" in first
    assert "```text\n24.69\n```" in first
    assert "`e-reason`" in second
    assert "mark the reasoning" in second


def test_the_same_build_gives_the_same_bytes(built: Project, tmp_path: Path) -> None:
    once, again = write_teaching(built, tmp_path / "a"), write_teaching(built, tmp_path / "b")
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


def test_an_answer_is_hidden_in_other_chapters_too(built: Project, tmp_path: Path) -> None:
    project = put(tmp_path, CHAPTER)
    put_build(project, nbformat.read(built.html / "notebooks" / "xiao2023" / "small.ipynb", as_version=4))
    other = HEADER + (
        "\n# Other\n\n```{code-cell} ipython3\n1\n```\n\nOf {glue:text}`xiao2023_share_percent:.0f` %, "
        "{glue:text}`xiao2023_doubled_percent:.1f` %.\n"
    )
    put(tmp_path, other, "xiao2023/other")
    put_build(project, code_only(other), "xiao2023/other")
    written = {path.name: nbformat.read(path, as_version=4) for path in write_teaching(project, tmp_path / "out")}
    assert written["other-student.ipynb"].cells[-1].source == "Of 12 %, … %."
    assert written["other-teacher.ipynb"].cells[-1].source == "Of 12 %, 24.7 %."


def test_numbers_from_simulated_data_are_announced(tmp_path: Path) -> None:
    text = HEADER + "\n# A\n\n```{code-cell} ipython3\nchapter\n```\n"
    project = put(tmp_path, text)
    notebook = code_only(text)
    said = "Data state of xiao2023/small: simulated\n"
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)]
    put_build(project, notebook)
    for path in write_teaching(project, tmp_path / "out"):
        first = nbformat.read(path, as_version=4).cells[0].source
        assert "without all of the real data (simulated)" in first


def test_a_solution_without_gates_is_taken_out_too(tmp_path: Path) -> None:
    text = HEADER + (
        "\n# A\n\n```{code-cell} ipython3\n1\n```\n\n````{exercise}\n:label: e-1\nWhy?\n````\n\n"
        "````{solution} e-1\n:class: dropdown\nBecause:\n```python\nx\n```\n````\nAfter.\n"
    )
    project = put(tmp_path, text)
    put_build(project, code_only(text))
    student, teacher = (nbformat.read(path, as_version=4) for path in write_teaching(project, tmp_path / "out"))
    assert [cell.source for cell in student.cells[2:]] == ["**Exercise**\n\nWhy?", "# your answer", "After."]
    assert teacher.cells[4].source == "Because:\n```python\nx\n```"


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
        ("later = doubled + 1", "later = doubled + 2", "has changed since the last build: run `make book`"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    built: Project, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in CHAPTER
    project = put(tmp_path, CHAPTER.replace(old, new))
    notebook = nbformat.read(built.html / "notebooks" / "xiao2023" / "small.ipynb", as_version=4)
    if "later" not in old:
        # A build of the changed text: the outputs belong to cells of the same code.
        outputs = {cell.source: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
        notebook = code_only(CHAPTER.replace(old, new))
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = outputs[cell.source]
    put_build(project, notebook)
    with pytest.raises(click.ClickException, match=complaint) as refused:
        write_teaching(project, tmp_path / "out")
    assert "xiao2023/small" in refused.value.message
    assert not (tmp_path / "out").exists()


def test_without_a_build_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"xiao2023/small is not in the last build.*run `make book` first"):
        write_teaching(put(tmp_path, CHAPTER), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_chapter_of_the_book_has_as_many_blanks_as_exercises(tmp_path: Path) -> None:
    real = find_project(Path(__file__).parent)
    exercises = {}
    for path in real.notebooks():
        chapter, text = real.chapter(path), path.read_text(encoding="utf-8")
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
        blanks = cell_sources(nbformat.read(path, as_version=4), "code").count("# your answer")
        assert blanks == exercises.get(path.relative_to(tmp_path / "out").as_posix(), 0), path.name
