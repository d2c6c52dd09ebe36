from dataclasses import replace

import pytest

from coldcarbon.stats.path_models.conventions import AMOS, LAVAAN, convention_of


def test_names_and_own_conventions():
    assert convention_of("lavaan") is LAVAAN
    assert convention_of("amos") is AMOS
    own = replace(AMOS, divisor="n")
    assert convention_of(own) is own
    with pytest.raises(ValueError, match="'mplus'"):
        convention_of("mplus")
