import json

import pytest

from coldcarbon import catalogue

PAGE = """---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, name: python3}}
---
# A chapter

Text that says Chapter("not/this", datasets=["nor-this"]).

```{{code-cell}} ipython3
:tags: [hide-input]
%matplotlib inline
from coldcarbon.chapter import Chapter
{call}
```
"""


def page(tmp_path, call: str, name: str = "page.md"):
    place = tmp_path / name
    place.write_text(PAGE.format(call=call))
    return place


@pytest.mark.parametrize(
    "call",
    [
        'chapter = Chapter("a/b", datasets=["x", "y"])',
        'chapter = Chapter("a/b", ["x", "y"])',
        'chapter = coldcarbon.chapter.Chapter(name="a/b", datasets=("x", "y"))',
        'chapter = Chapter(\n    "a/b",\n    datasets=[\n        "x",\n        "y",\n    ],\n)',
    ],
)
def test_the_call_is_read_without_running_it(tmp_path, call) -> None:
    assert catalogue.declared(page(tmp_path, call)) == ("a/b", ["x", "y"])


def test_no_data_sets_and_no_call(tmp_path) -> None:
    assert catalogue.declared(page(tmp_path, 'Chapter("a/claims")')) == ("a/claims", [])
    assert catalogue.declared(page(tmp_path, "x = 1")) is None
    prose = tmp_path / "prose.md"
    prose.write_text('# Words only\n\nChapter("a/b", datasets=["x"])\n')
    assert catalogue.declared(prose) is None


@pytest.mark.parametrize(
    "call",
    ['Chapter("a/b", datasets=names)', "Chapter(name)", 'Chapter("a/b", datasets="x")', "Chapter()", "Chapter(3)"],
)
def test_what_cannot_be_read_is_refused_and_the_page_named(tmp_path, call) -> None:
    with pytest.raises(catalogue.DataError, match=r"page\.md"):
        catalogue.declared(page(tmp_path, call))


def test_two_calls_and_broken_code_are_refused(tmp_path) -> None:
    with pytest.raises(catalogue.DataError, match="2 times"):
        catalogue.declared(page(tmp_path, 'Chapter("a/b")\nChapter("a/c")'))
    with pytest.raises(catalogue.DataError, match="no valid Python"):
        catalogue.declared(page(tmp_path, 'Chapter("a/b"'))


def test_notebook_form(tmp_path) -> None:
    place = tmp_path / "page.ipynb"
    cell = {
        "cell_type": "code",
        "id": "a",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": 'Chapter("a/b", datasets=["x"])',
    }
    place.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert catalogue.declared(place) == ("a/b", ["x"])


def test_used_in_collects_over_folders_and_skips_hidden_ones(tmp_path) -> None:
    for folder in ("one", "two", ".ipynb_checkpoints", "_build"):
        (tmp_path / folder).mkdir()
        page(tmp_path / folder, f'Chapter("{folder}/page", datasets=["x"])')
    page(tmp_path / "two", 'Chapter("two/other", datasets=["x", "y"])', "zother.md")
    assert catalogue.used_in(tmp_path) == {"x": ["one/page", "two/page", "two/other"], "y": ["two/other"]}
    assert catalogue.used_in(tmp_path / "nowhere") == {}
