"""The book's machinery: a Sphinx extension, pairing, lint, bundles and single chapters."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: "Sphinx") -> dict[str, Any]:
    """Register the Sphinx extension; imported late, since the command line needs no Sphinx."""
    from coldcarbon.book.extension import setup as setup_extension

    return setup_extension(app)
