"""Every table is named, by its own caption or by the heading above it, and its header cells say what they head."""

from bs4 import BeautifulSoup

from coldcarbon.book.table_words import describe_tables

TABLE = (
    '<table class="docutils">\n<thead><tr><th class="head"><p>a</p></th></tr></thead>'
    "<tbody><tr><td>1</td></tr></tbody></table>"
)
HEADING = (
    '<h2><span class="section-number">6.1. </span>Roots &amp; <em>soil</em><a class="headerlink" href="#r">#</a></h2>'
)


def captions(html: str) -> list[str]:
    return [caption.get_text() for caption in BeautifulSoup(describe_tables(html), "html.parser").find_all("caption")]


def test_a_table_takes_the_nearest_heading_above_it() -> None:
    note = '<div class="admonition"><p class="admonition-title">Twelve more</p>' + TABLE + "</div>"
    assert captions(TABLE + HEADING + TABLE + note) == ["Table", "Roots & soil", "Twelve more"]
    assert '<caption class="visually-hidden">Roots &amp; soil</caption>' in describe_tables(HEADING + TABLE)


def test_a_caption_that_is_there_stays() -> None:
    own = TABLE.replace("<thead>", "<caption><span>Shares</span></caption>\n<thead>")
    assert captions(HEADING + own) == ["Shares"]


def test_headers_head_columns_in_the_head_and_rows_elsewhere() -> None:
    html = describe_tables(
        '<table><caption>c</caption><thead><tr><th>a</th><th scope="colgroup">b</th></tr></thead>'
        "<tbody><tr><th>r</th><td>1</td></tr></tbody></table>"
    )
    scopes = [th["scope"] for th in BeautifulSoup(html, "html.parser").find_all("th")]
    assert scopes == ["col", "colgroup", "row"]
    assert "<thead" in html


def test_described_pages_stay() -> None:
    html = describe_tables(HEADING + TABLE)
    assert describe_tables(html) == html
    assert describe_tables("<p>a table</p>") == "<p>a table</p>"
