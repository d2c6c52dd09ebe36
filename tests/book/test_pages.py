"""What a page asks for is found wherever HTML and CSS let it stand, and nothing else is."""

from pathlib import Path

import pytest

from coldcarbon.book.pages import Page, broken_links, css_requests, is_foreign, secrets

ELSEWHERE = "https://elsewhere.example/x"


@pytest.mark.parametrize(
    "html",
    [
        '<script src="{}"></script>',
        '<link rel="stylesheet" href="{}">',
        '<link rel="preconnect" href="{}">',
        '<link rel="shortcut icon" href="{}">',
        '<img src="{}">',
        '<img src="a.png" srcset="a.png 1x, {} 2x">',
        '<picture><source srcset="{} 2x"></picture>',
        '<iframe src="{}"></iframe>',
        '<object data="{}"></object>',
        '<video poster="{}"></video>',
        '<svg><use href="{}"></use></svg>',
        '<style>@import "{}";</style>',
        "<style>@font-face {{src: url({})}}</style>",
        """<p style="background: url('{}')">""",
        '<meta http-equiv="Refresh" content="0; url={}">',
    ],
)
@pytest.mark.parametrize("address", [ELSEWHERE, "//elsewhere.example/x"])
def test_a_request_to_another_host_is_found_wherever_it_stands(html: str, address: str) -> None:
    assert [a for a in Page(html.format(address)).requests if is_foreign(a)] == [address]


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="{ELSEWHERE}">there</a>',
        f'<link rel="canonical" href="{ELSEWHERE}">',
        '<script src="_static/a.js?digest=1"></script>',
        '<img src="data:image/png;base64,AAAA">',
        f"<style>/* from {ELSEWHERE}: url({ELSEWHERE}) */ a {{color: red}}</style>",
        f"<pre>url({ELSEWHERE})</pre>",
    ],
)
def test_what_is_only_named_is_no_request(html: str) -> None:
    assert not [a for a in Page(html).requests if is_foreign(a)]


def test_addresses_of_a_style_sheet() -> None:
    text = "@import 'a.css'; @import url(b.css); p {background: url( \"c d.png\" )} q {background: url(data:x)}"
    assert css_requests(text) == ["a.css", "b.css", "c d.png", "data:x"]


@pytest.mark.parametrize(
    ("address", "foreign"),
    [
        ("../a.html#b", False),
        ("#b", False),
        ("data:,", False),
        ("HTTP://x.example", True),
        ("wss://x.example", True),
        ("http://[broken", True),
        ("mailto:a@x.example", True),
    ],
)
def test_foreign_addresses(address: str, foreign: bool) -> None:
    assert is_foreign(address) is foreign


def test_pictures_without_words() -> None:
    page = Page('<img src="a"><img src="b" alt=" "><img src="c" alt="A curve"><img src="d" role="presentation">')
    assert page.pictures_without_words == ["a", "b"]


def test_evidence_of_figures_and_tables_that_cells_show() -> None:
    page = Page(
        """
        <table><tr><td>prose</td></tr></table>
        <div class="cell_output">
          <figure id="fig-a"><img alt="x"><figcaption><p>Roots.<a href="#fig-a">#</a></p>
            <p>Data (observed): roots (doi 10/1)</p></figcaption></figure>
          <table id="tab-b"><caption>Rows. Simulated.<a>#</a></caption><tr><td><img alt="y"></td></tr></table>
          <table id="tab-c"><caption>Data of the world.</caption></table>
          <img alt="bare">
        </div>
        """
    )
    assert page.evidence == {
        "fig-a": "Data (observed): roots (doi 10/1)",
        "tab-b": "Simulated.",
        "tab-c": "",
        "img 4 without a name": "",
    }


def test_pictures_of_a_page_count_once() -> None:
    page = Page('<img src="a.png"><img src="b.png"><img src="a.png"><img src="data:x"><source srcset="c.png">')
    assert page.pictures == ["a.png", "b.png"]


def test_undescribed_tables() -> None:
    caption, head = "<caption>Roots</caption>", '<tr><th scope="col">a</th></tr>'
    assert not Page(f"<table>{caption}{head}</table>").undescribed_tables
    for content in (head, f"<caption> </caption>{head}", f"{caption}<tr><td>1</td></tr>", f"{caption}{head}<th>b</th>"):
        assert len(Page(f"<table>{content}</table>").undescribed_tables) == 1, content


def test_numberless_figures() -> None:
    label = "Data (observed): roots-2 (doi 10.1/2)."
    page = Page(
        f"""<div class="cell_output"><figure><img alt="Falls to 3 %. {label}"></figure>
        <figure><img alt="Falls. {label}"></figure><figure><img alt="Two panels. Simulated."></figure></div>
        <figure><img alt="Prose"></figure>"""
    )
    assert page.numberless_figures == [f"Falls. {label}", "Two panels. Simulated."]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AKIA" + "ABCDEFGHIJ012345",
        "ghp_" + "a1" * 18,
        "api_key = '" + "0123456789abcdef" + "'",
        '"password": "' + "correct-horse" + '"',
        "https://someone:" + "word@elsewhere.example/x",
    ],
)
def test_keys_and_passwords_are_found(text: str) -> None:
    assert len(secrets(f"<p>before {text} after</p>")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "sha256-45raXJwhVFsGIr53+bEjhDPiYb+40hWrPMHNnlmjRLo=",
        "https://elsewhere.example/a:b?c=d@e",
        "the secret: soil",
        "token = read(path)",
        "doi:10.1111/ele.13723, sk-learn",
    ],
)
def test_ordinary_text_is_no_secret(text: str) -> None:
    assert not secrets(text)


def test_broken_links_name_page_link_and_fault(tmp_path: Path) -> None:
    book = tmp_path / "html"
    book.mkdir()
    (tmp_path / "outside.html").write_text("")
    (book / "b c.html").write_text('<p id="here"></p><a name="old"></a>')
    good = ["b%20c.html#here", "b%20c.html#old", "#top", ELSEWHERE, "mailto:a@x.example"]
    bad = {"gone.html": "no such file", "b%20c.html#gone": "no such place", "../outside.html": "leads out"}
    text = "".join(f'<a href="{address}">x</a>' for address in [*good, *bad])
    (book / "a.html").write_text(f'<h1 id="top"></h1>{text}<img src="gone.png" alt="x">')
    found = broken_links(book)
    assert len(found) == len(bad) + 1
    for address, fault in [*bad.items(), ("gone.png", "no such file")]:
        assert [line for line in found if line.startswith(f"a.html: {address}: {fault}")]
