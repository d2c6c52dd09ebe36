"""A chapter of two exercises, and a checkout with its build."""

from pathlib import Path

import jupytext
import nbformat

from coldcarbon.book.plain import plain_notebook
from coldcarbon.book.project import Project

NAME = "xiao2023/small"
HEADER = """---
jupytext:
  formats: ipynb,md:myst
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
HEAD = """
(xiao2023-small)=
# Small

How much is the double of {glue:text}`xiao2023_share_percent:.0f` %?

:::{admonition} You will learn
:class: tip
- to double;
- to halve again,
  and to stop.
:::

**Time:** 20 minutes. **Prerequisites:** {ref}`xiao2023-other`; to add.
"""
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
chapter.glue(xiao2023_doubled_percent=doubled)
chapter.answer("e-double", "the double", doubled, "%", terms=2)
chapter.answer("e-double", "larger one", "double")
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
    + HEAD
    + """
```{code-cell} ipython3
import matplotlib.pyplot as plt
import pandas as pd

from coldcarbon.chapter import Chapter

chapter = Chapter("xiao2023/small", datasets=[])
share = 12.345
chapter.glue(xiao2023_share_percent=share)
share
```

The share is {glue:text}`xiao2023_share_percent:.2f` %, and its double, {glue:text}`xiao2023_doubled_percent:.1f` %,
is for you to find.

```{claims} xiao2023/small
```

## Shares

What stands before the picture, with $x^2$.

```{code-cell} ipython3
:tags: [slide]

figure, axes = plt.subplots(figsize=(3, 2))
axes.plot([0, 1], [0, share])
axes.set(xlabel="depth (m)", ylabel="share (%)")
words = "A line from zero. It rises to {glue:text}`xiao2023_share_percent:.1f` %"
chapter.figure(figure, "fig-line", caption=words, alt="A line", evidence="printed")
```

What stands after it.

### Counted

```{code-cell} ipython3
:tags: [slide]

frame = pd.DataFrame({"share (%)": [share]})
chapter.table(frame, "tab-shares", caption="One share", evidence="simulated")
both = {"both sources": (367 + 358, 367 + 358)}
chapter.check("xiao2023-n-npp-profiles", both, statement="Profiles <add> up")
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
# What only a solution says.
ANSWERS = ("24.69", "24.7", "2 * share", "Multiply by two", "doubled < 100", "A share has an end")


def put(root: Path, text: str, chapter: str = NAME) -> Project:
    """Put a chapter into a checkout."""
    path = root / "notebooks" / f"{chapter}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Project(root)


def put_build(project: Project, notebook: nbformat.NotebookNode, chapter: str = NAME) -> None:
    """Put an executed notebook where a build does, as a build does."""
    path = project.html / "notebooks" / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(plain_notebook(notebook), path)


def code_only(text: str) -> nbformat.NotebookNode:
    """A notebook as its build would hold it if nothing in it had an output."""
    return jupytext.reads(text, fmt="md:myst")


def built_notebook(project: Project, chapter: str = NAME) -> nbformat.NotebookNode:
    """The executed notebook of a build."""
    return nbformat.read(project.html / "notebooks" / f"{chapter}.ipynb", as_version=4)


def sources(notebook: nbformat.NotebookNode, kind: str) -> list[str]:
    """Sources of the cells of one kind."""
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]
