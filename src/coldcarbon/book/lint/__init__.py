"""Lint of notebooks and prose: typed numbers, literal results, style, and the parts of a chapter."""

from coldcarbon.book.lint.pages import lint_notebook, lint_project, lint_prose

__all__ = ["lint_notebook", "lint_project", "lint_prose"]
