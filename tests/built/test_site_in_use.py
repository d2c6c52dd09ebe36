"""In a real browser, from a local server: pages are there within a second, and work by keyboard under their policy."""

from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

pytestmark = pytest.mark.built

FIRST_PAINT_MILLISECONDS = 1000
BUSY_MILLISECONDS = 150  # for a page of one word; alone on two cores it takes a third of that
SECONDS_PER_PAGE = 30  # three alone on two cores
# Gone through by keyboard: a chapter with mathematics, folds, code and tables, and the pages of another build.
BY_KEYBOARD = ("notebooks/xiao2023/root-profiles", "book/index", "book/ledger", "book/data")


@pytest.fixture(scope="module")
def found(site: str, every_page: dict[str, object], in_browser: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """What the browser saw on all pages, and what became of each use."""
    pages = [f"{name}.html" for name in every_page if name != "index"]
    keyboard = [f"{name}.html" for name in BY_KEYBOARD]
    return in_browser("use.mjs", site, *pages, "--", *keyboard, seconds=300 + SECONDS_PER_PAGE * len(pages))


def test_every_page_is_there_within_a_second(found: dict[str, Any], every_page: dict[str, object]) -> None:
    paints = {name: median(times) for name, times in found["paints"].items()}
    assert len(paints) == len(every_page) - 1  # the front door only forwards
    if (blank := median(found["blank"])) > BUSY_MILLISECONDS:
        pytest.skip(f"this machine is busy: a page of one word takes {blank:.0f} ms")
    assert not {name: time for name, time in paints.items() if time >= FIRST_PAINT_MILLISECONDS}


def test_from_a_server_no_page_asks_elsewhere_or_is_refused(found: dict[str, Any]) -> None:
    assert not found["requests"]
    assert not found["refused"]
    assert not found["errors"]


def test_the_keyboard_reaches_everything_and_leaves_it_again(found: dict[str, Any]) -> None:
    for name, seen in found["keyboard"].items():
        assert seen["first"]["skip"], f"{name}: the first stop is {seen['first']['what']}"
        assert seen["ended"], f"{name}: still on the page after {seen['count']} stops"
        assert not seen["missed"], name
        assert not seen["stuck"], f"{name}: scrolls, but not by keyboard"


def test_one_sees_where_the_focus_is(found: dict[str, Any]) -> None:
    unseen = {name: seen["unseen"] for name, seen in found["keyboard"].items()}
    assert not {name: stops for name, stops in unseen.items() if stops}


def test_search_scheme_copy_folds_and_mathematics_work(found: dict[str, Any]) -> None:
    uses = found["uses"]
    assert isinstance(uses["search by keyboard"], int), uses["search by keyboard"]
    assert uses["search by keyboard"] > 3
    assert uses["scheme by keyboard"] == ["auto", "dark", "light"]
    assert uses["copy"] is True
    assert uses["folds by keyboard"] == [True, True]
    formulas, drawn, boxes = uses["mathematics"]
    assert formulas == drawn > 0
    assert boxes > 0


def test_paper_shows_what_is_folded_on_a_light_ground(found: dict[str, Any]) -> None:
    paper = found["uses"]["print opens folds on light ground"]
    assert paper["before"] > 0
    assert paper["during"] == [0, "light"]
    assert paper["after"] == [paper["before"], "dark"]
