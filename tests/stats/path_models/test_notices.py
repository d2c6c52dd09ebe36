import warnings

import pytest

from coldcarbon.stats.path_models import notices


def test_warnings_share_a_class_and_are_kept():
    told = []
    with pytest.warns(notices.PathModelWarning, match="negative"):
        notices.tell(told, "negative variance", notices.HeywoodWarning)
    assert told == ["negative variance"]
    kinds = [getattr(notices, name) for name in notices.__all__ if name.endswith("Warning")]
    assert all(issubclass(kind, notices.PathModelWarning) for kind in kinds)
    with warnings.catch_warnings():
        warnings.simplefilter("error", notices.SingularInputWarning)
        with pytest.warns(notices.LoopWarning):
            notices.tell(told, "loop", notices.LoopWarning)


def test_identification_error_names_parameters():
    error = notices.IdentificationError("no", ("y ~ x",))
    assert isinstance(error, ValueError)
    assert error.parameters == ("y ~ x",)
