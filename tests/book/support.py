"""What several tests of the book write into small notebooks."""

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


def cell(code: str) -> str:
    """A code cell of a text notebook."""
    return f"```{{code-cell}} ipython3\n{code.strip()}\n```\n\n"
