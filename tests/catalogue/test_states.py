import hashlib

import pytest

from coldcarbon import catalogue

A, B = {"a.csv": b"alpha"}, {"b1.csv": b"beta one", "b2.csv": b"beta two"}


@pytest.fixture(autouse=True)
def three(make):
    make("alpha", A, doi="10.1000/alpha")
    make("beta", B, kind="model product", licence="MIT")
    make("large", {"l.csv": b"large"}, default=False)


def test_simulated_where_nothing_is_here() -> None:
    assert catalogue.state(["alpha", "beta"]) == "simulated"
    assert catalogue.state() == "simulated"


def test_partial_where_some_is_here(put, cache) -> None:
    put(cache, "alpha", A)
    assert catalogue.state(["alpha", "beta"]) == "partial"
    assert catalogue.state(["alpha"]) == "real"
    assert catalogue.state(["beta"]) == "simulated"


def test_a_data_set_counts_only_when_it_is_whole(put, cache) -> None:
    put(cache, "beta", {"b1.csv": B["b1.csv"]})
    assert catalogue.state(["beta"]) == "simulated"
    assert not catalogue.present("beta")


def test_real_when_every_default_source_is_here(put, mirror, cache) -> None:
    put(mirror, "alpha", A)
    put(cache, "beta", B)
    assert catalogue.state(["alpha", "beta", "large"]) == "real"
    assert catalogue.state() == "real"
    assert not catalogue.present("large")


def test_on_request_sets_never_count(put, cache) -> None:
    put(cache, "large", {"l.csv": b"large"})
    assert catalogue.state(["alpha", "large"]) == "simulated"


def test_nothing_declared_is_nothing_missing(monkeypatch) -> None:
    assert catalogue.state([]) == "real"
    monkeypatch.setenv("COLDCARBON_DATA", "simulated")
    assert catalogue.state([]) == "simulated"


def test_simulated_by_wish_looks_at_nothing(put, cache, monkeypatch) -> None:
    put(cache, "alpha", {"a.csv": b"altered"})
    monkeypatch.setenv("COLDCARBON_DATA", "simulated")
    assert catalogue.state(["alpha"]) == "simulated"
    assert (cache / "alpha" / "a.csv").exists()


def test_real_by_wish_lists_all_that_is_missing(put, cache, monkeypatch) -> None:
    monkeypatch.setenv("COLDCARBON_DATA", "real")
    put(cache, "beta", {"b1.csv": B["b1.csv"]})
    with pytest.raises(catalogue.DataMissingError) as caught:
        catalogue.state(["alpha", "beta", "large"])
    message = str(caught.value)
    assert "alpha (file): 1 of 1 files: a.csv" in message
    assert "beta (file): 1 of 2 files: b2.csv" in message
    assert "coldcarbon data fetch alpha beta" in message
    assert "large" not in message
    put(cache, "alpha", A)
    put(cache, "beta", B)
    assert catalogue.state(["alpha", "beta"]) == "real"


@pytest.mark.parametrize("mode", ["auto", "real", None])
def test_a_wrong_hash_stops_every_build(put, cache, monkeypatch, mode) -> None:
    put(cache, "alpha", {"a.csv": b"alphA"})
    if mode:
        monkeypatch.setenv("COLDCARBON_DATA", mode)
    with pytest.raises(catalogue.DataCorruptError, match=r"a\.csv"):
        catalogue.state(["alpha"])


def test_a_mistyped_wish_is_an_error(monkeypatch) -> None:
    monkeypatch.setenv("COLDCARBON_DATA", "maybe")
    with pytest.raises(catalogue.DataError, match="COLDCARBON_DATA"):
        catalogue.state(["alpha"])
    monkeypatch.setenv("COLDCARBON_OFFLINE", "maybe")
    with pytest.raises(catalogue.DataError, match="COLDCARBON_OFFLINE"):
        catalogue.path("alpha")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(catalogue.UnknownDatasetError):
        catalogue.state(["alphb"])


def test_hashes_are_of_the_sorted_lines(known) -> None:
    lines = sorted(f"{name}:{hashlib.sha256(body).hexdigest()}" for name, body in B.items())
    expected = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert catalogue.hashes(["beta"]) == {"beta": expected}
    assert len(set(catalogue.hashes(["alpha", "beta", "large"]).values())) == 3


def test_labels_keep_observation_model_and_simulation_apart(put, cache) -> None:
    observed = "Data (observed): alpha (doi 10.1000/alpha)"
    model = "Data (model product): beta (MIT, repository somebody/something at 0123456789)"
    assert catalogue.evidence_label(["alpha"], "real") == observed
    assert catalogue.evidence_label(["beta"], "real") == model
    assert catalogue.evidence_label(["beta", "alpha"], "real") == f"{observed}; {model}"
    assert catalogue.evidence_label(["alpha", "beta"], "simulated") == "Simulated"
    assert catalogue.evidence_label([], "real") == "Simulated"
    assert catalogue.evidence_label(["alpha", "beta"], "partial") == "Simulated"
    put(cache, "alpha", A)
    assert catalogue.evidence_label(["alpha", "beta"], "partial") == f"{observed}; Simulated: beta"


def test_a_map_is_not_called_observed(make) -> None:
    make("outline", A, kind="map", doi="10.1000/map")
    assert catalogue.evidence_label(["outline"], "real") == "Data (model product): outline (doi 10.1000/map)"
