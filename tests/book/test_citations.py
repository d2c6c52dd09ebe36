"""Citations in words."""

from coldcarbon.book.citations import citations_above
from coldcarbon.book.project import find_project


def test_citations_of_the_book():
    citations = citations_above(find_project().root / "notebooks" / "xiao2023" / "claims.md")
    assert citations["schenk2002"] == "Schenk and Jackson (2002)"
    assert citations["xiao2023"] == "Luo et al. (preprint)"


def test_one_author_and_no_year(tmp_path):
    (tmp_path / "book").mkdir()
    entry = "@article{kish1965, author = {Kish, Leslie}, title = {Sampling}}\n"
    (tmp_path / "book" / "references.bib").write_text(entry, encoding="utf-8")
    assert citations_above(tmp_path) == {"kish1965": "Kish (no year)"}


def test_no_bibliography(tmp_path):
    assert citations_above(tmp_path) == {}
