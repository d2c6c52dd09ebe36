import pytest

from coldcarbon.stats.path_models.identification import check, require_identified
from coldcarbon.stats.path_models.notices import IdentificationError
from coldcarbon.stats.path_models.specification import specify


@pytest.mark.parametrize(
    "text",
    [
        "y ~ x",
        "f =~ a + b + c",
        "f =~ a + b\ng =~ c + d",
        "y1 ~ y2 + x1\ny2 ~ y1 + x2\ny1 ~~ y2",
        "y1 ~ y2 + x1\ny2 ~ y1",
        "b ~ a\nc ~ b\nd ~ c\na ~ d",  # a closed circle
        "f =~ a + 0.5*b\na ~~ s*a\nb ~~ s*b",
        "y ~ 1 + x",
        "y ~ a*x + b*z\na == 2*b",
    ],
)
@pytest.mark.parametrize("fixed", [True, False])
def test_identified(text, fixed):
    found = check(specify(text, fixed))
    assert found.identified
    assert found.unidentified == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("f =~ a + b", {"f =~ b", "f ~~ f", "a ~~ a", "b ~~ b"}),
        ("y1 ~ y2 + x\ny2 ~ y1 + x", {"y1 ~ y2", "y1 ~ x", "y2 ~ y1", "y2 ~ x", "y1 ~~ y1", "y2 ~~ y2"}),
        ("y1 ~ y2 + x\ny2 ~ y1\ny1 ~~ y2", {"y1 ~ y2", "y1 ~ x", "y1 ~~ y1", "y1 ~~ y2"}),
        ("f =~ NA*a + b + c", {"f =~ a", "f =~ b", "f =~ c", "f ~~ f"}),
        ("f =~ a + b + c\nf ~ 1", {"f ~ 1", "a ~ 1", "b ~ 1", "c ~ 1"}),
        ("y ~ x\nx ~ y", {"y ~ x", "x ~ y", "x ~~ x", "y ~~ y"}),
    ],
)
def test_names_what_can_move(text, names):
    with pytest.raises(IdentificationError, match="rank") as caught:
        require_identified(specify(text))
    assert set(caught.value.parameters) == names


def test_what_is_identified_is_not_named():
    with pytest.raises(IdentificationError) as caught:
        require_identified(specify("f =~ a + b\nw ~ v + u"))
    assert not [name for name in caught.value.parameters if "w" in name or "v" in name]
