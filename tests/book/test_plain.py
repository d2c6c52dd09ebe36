"""The copies we hand out hold no MyST that a notebook viewer cannot show."""

import nbformat
import pytest

from coldcarbon.book.plain import glued_values, plain_markdown, plain_notebook
from coldcarbon.chapter import CLAIM_MIME

VALUES = {"xiao2023_share_percent": "62.345", "xiao2023_name": "'tundra'", "xiao2023_count": "559"}


def glued(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output(
        "display_data",
        data={"application/papermill.record/text/plain": text},
        metadata={"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}},
    )


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("{glue:text}`xiao2023_share_percent:.1f` % of", "62.3 % of"),
        ("{glue:text}`xiao2023_count` rows", "559 rows"),
        ("{glue:text}`xiao2023_count:.0f` rows", "559 rows"),
        ("in {glue:text}`xiao2023_name`", "in tundra"),
        ("in {glue:text}`xiao2023_name:.1f`", "in tundra"),
        # a number that no cell glued keeps its name, so that the gap can be seen
        ("{glue:text}`xiao2023_missing:.1f`", "xiao2023_missing"),
        ("see {numref}`fig-roots`", "see fig-roots"),
        ("see {ref}`the ledger <ledger>`", "see the ledger"),
        ("{cite:t}`xiao2023` and {cite:p}`schenk2002`", "xiao2023 and schenk2002"),
        ("`{glue}` stays", "`{glue}` stays"),
        ("$a_1$ and `code`", "$a_1$ and `code`"),
        ("(a-target)=\n# Title", "# Title"),
    ],
)
def test_roles_become_words(source: str, plain: str) -> None:
    assert plain_markdown(source, VALUES) == plain


def test_admonitions_keep_title_and_text_and_lose_options() -> None:
    source = ":::{admonition} You will learn\n:class: tip\n- a\n- b\n:::\n\nAfter."
    assert plain_markdown(source, {}) == "**You will learn**\n\n- a\n- b\n\nAfter."


def test_directives_of_the_book_are_left_out_with_their_content() -> None:
    source = "Before.\n\n```{claims} xiao2023/claims\n:option: 1\n```\n\nAfter.\n\n```{bibliography}\n```"
    assert plain_markdown(source, {}) == "Before.\n\n\nAfter."


def test_nested_directives() -> None:
    source = "::::{exercise} Try\n:label: e-1\n\n:::{hint}\nThink.\n:::\n\nDo it.\n::::\nEnd."
    text = plain_markdown(source, {})
    assert "**Try**" in text
    assert "Think." in text
    assert "Do it." in text
    assert text.endswith("End.")
    assert ":::" not in text
    assert ":label:" not in text


def test_code_fences_are_kept_whole() -> None:
    source = "```python\nx = {'a': 1}\n:not-an-option: 1\n```\n\n~~~\n{claims}\n~~~"
    assert plain_markdown(source, {}) == source


def test_a_code_fence_within_an_admonition_is_kept() -> None:
    source = "::::{admonition} A\n```python\nx = 1\n```\n::::"
    assert plain_markdown(source, {}) == "**A**\n\n```python\nx = 1\n```"


def test_gates_of_exercises_leave_no_trace() -> None:
    source = "```{solution-start} e-1\n:class: dropdown\n```\n\nThe answer.\n\n```{solution-end}\n```"
    text = plain_markdown(source, {})
    assert text.strip() == "**Solution**\n\n\nThe answer."


def test_mathematics_and_code_keep_their_fences() -> None:
    source = (
        "```{math}\n:label: eq-1\nr = 1\n```\n\n```{code-block} python\nx = 1\n```\n\n```{exercise}\n:label: e-1\n```"
    )
    assert plain_markdown(source, {}) == "$$\nr = 1\n$$\n\n```python\nx = 1\n```\n\n**Exercise**"


def test_a_notebook_is_copied_with_its_numbers_and_without_our_metadata() -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "coldcarbon_key": "00ff"}
    notebook.metadata["source_map"] = [1, 2]
    code = nbformat.v4.new_code_cell("x", metadata={"tags": ["hide-input"]})
    code.outputs = [glued("xiao2023_share_percent", "62.345")]
    notebook.cells = [nbformat.v4.new_markdown_cell("{glue:text}`xiao2023_share_percent:.0f` %"), code]
    plain = plain_notebook(notebook)
    assert plain.cells[0].source == "62 %"
    assert plain.cells[1].source == "x"
    assert plain.cells[1].metadata.tags == ["hide-input"]
    assert plain.metadata == {"kernelspec": {"name": "python3"}}
    # the notebook itself is left as it was
    assert notebook.cells[0].source.startswith("{glue")
    assert notebook.metadata.kernelspec["coldcarbon_key"] == "00ff"
    assert glued_values(notebook) == {"xiao2023_share_percent": "62.345"}


def test_citations_are_words_where_they_are_known() -> None:
    citations = {"a2002": "A and B (2002)"}
    text = plain_markdown("By {cite:t}`a2002` and {cite:p}`a2002,c2020`.", {}, citations)
    assert text == "By A and B (2002) and A and B (2002); c2020."


def test_the_label_of_an_equation_goes() -> None:
    assert plain_markdown("$$\nr = 1\n$$ (eq-root)", {}) == "$$\nr = 1\n$$"


def test_claims_are_listed_where_the_book_draws_their_table() -> None:
    data = {CLAIM_MIME: {"id": "a"}, "text/plain": "reproduced: Share (60 and 60 agree)"}
    code = nbformat.v4.new_code_cell("claim()", outputs=[nbformat.v4.new_output("display_data", data=data)])
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("## Claims\n\n```{claims} xiao2023/roots\n```\n\nText."), code]
    )
    assert plain_notebook(notebook).cells[0].source == ("## Claims\n\n- reproduced: Share (60 and 60 agree)\n\nText.")
