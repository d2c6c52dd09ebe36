"""The teacher's pack: notebooks, slides, plans and questions, all from the text and the last build."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tqdm import tqdm

from coldcarbon.book.project import Project
from coldcarbon.book.teaching.bank import bank_files
from coldcarbon.book.teaching.lesson import HIDDEN, Lesson, read_lesson, refuse_unknown_numbers
from coldcarbon.book.teaching.notebooks import notebook_text, student_cells, teacher_cells
from coldcarbon.book.teaching.plan import plan_files
from coldcarbon.book.teaching.slides import slide_files, write_shared
from coldcarbon.teaching.answers import FILE, as_text
from coldcarbon.whole_files import unwritten

__all__ = ["write_teaching"]

# A bar is drawn only if the work takes longer than this.
PATIENCE_SECONDS = 2


def write_teaching(project: Project, folder: Path, *, with_code: bool = False) -> list[Path]:
    """Write the teacher's pack.

    Parameters
    ----------
    project : Project
        A checkout with a build of its text as it stands.
    folder : Path
        Where to write; what was there before is replaced as a whole, and only once all is written.
    with_code : bool
        Slides show the code of their cells too.

    Returns
    -------
    list of Path
        What was written; the same text and build give the same bytes.

    Raises
    ------
    click.ClickException
        If a chapter is not in the last build, or its code or its numbers have changed since; if exercises, solutions
        and answers do not fit together; if a plan names what is not there. Nothing is written then.
    """
    sources = project.notebooks()
    with tqdm(
        total=2 * len(sources), unit="step", desc="teach", disable=None, leave=False, delay=PATIENCE_SECONDS
    ) as bar:
        lessons = []
        for path in sources:
            lessons.append(read_lesson(project, path))
            bar.update()
        told, answers = _numbers(lessons)
        texts: dict[str, str] = {}
        for lesson in lessons:
            refuse_unknown_numbers(lesson, told.keys() | answers.keys())
            blank, full = dict.fromkeys(answers, HIDDEN) | told, told | answers
            texts[f"{lesson.chapter}-student.ipynb"] = notebook_text(lesson, student_cells(lesson, blank))
            texts[f"{lesson.chapter}-teacher.ipynb"] = notebook_text(lesson, teacher_cells(lesson, full))
            texts |= slide_files(project, lesson, blank, with_code=with_code)
            bar.update()
    for paper in dict.fromkeys(lesson.chapter.partition("/")[0] for lesson in lessons):
        here = [lesson for lesson in lessons if lesson.chapter.startswith(f"{paper}/")]
        texts[f"{paper}/{FILE}"] = as_text(answer for lesson in here for answer in lesson.answers())
    texts |= bank_files(project, lessons, dict.fromkeys(answers, HIDDEN) | told)
    texts |= plan_files(project, {lesson.chapter: lesson.head.title for lesson in lessons})
    with unwritten(folder):
        return _replace(folder, texts, project)


def _numbers(lessons: list[Lesson]) -> tuple[dict[str, str], dict[str, str]]:
    """Glued numbers of all chapters: those told, and those that a solution computes.

    A page may print what another has computed, so hidden is what a solution of any chapter computes.
    """
    told: dict[str, str] = {}
    answers: dict[str, str] = {}
    for lesson in lessons:
        told |= lesson.values(solutions=False)
        answers |= lesson.values(solutions=True)
    return told, answers


def _replace(folder: Path, texts: dict[str, str], project: Project) -> list[Path]:
    """Write all files beside the folder, then put them in its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new, old = staging / "new", staging / "old"
        new.mkdir()
        for name, text in texts.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        names = [*texts, *write_shared(project, new)]
        try:
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        except BaseException:  # an interruption too leaves the former pack in its place
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [folder / name for name in sorted(names)]
