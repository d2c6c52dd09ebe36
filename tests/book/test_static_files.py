"""Shared files that pages, style sheets or scripts ask for stay; all others go."""

from pathlib import Path

import pytest

from coldcarbon.book.static_files import needed_files, strip_static

FILES = {
    "index.html": '<link href="_static/a.css?v=1" rel="stylesheet"><a href="_static/data%20set.csv">data</a>',
    "notebooks/one.html": '<script src="../_static/app.js?v=2"></script><img srcset="../_static/x.png 2x" alt="x">'
    '<a href="https://elsewhere.example/_static/far.js">far</a><a href="#here">here</a>',
    "_static/a.css": '@import \'b.css\'; @font-face {src: url(f.woff2) format("woff2"),url(f.ttf) format("truetype")}'
    "\n/*# sourceMappingURL=a.css.map */",
    "_static/b.css": "p {background: url(img/p.svg)}",
    "_static/app.js": 'load("lib/font-1.woff");\n//# sourceMappingURL=app.js.map',
    "_static/lib/font-1.woff": "",
    "_static/lib/LICENSE": "",
    "_static/img/p.svg": "",
    "_static/f.woff2": "",
    "_static/x.png": "",
    "_static/data set.csv": "",
}
USELESS = ("_static/f.ttf", "_static/app.js.map", "_static/a.css.map", "_static/far.js", "_static/old/deep/er.js")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in [*FILES.items(), *((name, "") for name in USELESS)]:
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "site"


def test_what_no_page_asks_for_goes(site: Path) -> None:
    gone = strip_static(site)
    assert sorted(path.relative_to(site).as_posix() for path in gone) == sorted(USELESS)
    left = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert left == set(FILES)
    assert not (site / "_static" / "old").exists()
    assert strip_static(site) == []


def test_what_is_left_names_nothing_that_is_gone(site: Path) -> None:
    strip_static(site)
    sheet, script = ((site / "_static" / name).read_text() for name in ("a.css", "app.js"))
    assert "ttf" not in sheet
    assert 'url(f.woff2) format("woff2")}' in sheet
    assert "sourceMappingURL" not in sheet + script
    assert script == 'load("lib/font-1.woff");\n'


def test_pages_outside_the_shared_folder_are_never_touched(site: Path) -> None:
    (site / "notebooks" / "one.ipynb").write_text("{}")
    strip_static(site)
    assert (site / "notebooks" / "one.ipynb").exists()


def test_only_the_given_pages_count(site: Path) -> None:
    needed = {path.name for path in needed_files(site, [site / "notebooks" / "one.html"])}
    assert needed == {"app.js", "app.js.map", "font-1.woff", "x.png"}
