import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from coldcarbon import catalogue
from coldcarbon.cli_data import data

A, B = {"a.csv": b"alpha"}, {"b1.csv": b"beta one", "b2.csv": b"beta two"}

CHAPTER = """---
kernelspec: {display_name: Python 3, name: python3}
---
# Roots

```{code-cell} ipython3
chapter = Chapter("xiao2023/root-profiles", datasets=["alpha"])
```
"""


@pytest.fixture(autouse=True)
def two(make):
    make("alpha", A, doi="10.1000/alpha", licence="MIT")
    make("beta", B, redistributable=False)


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks" / "xiao2023"
    folder.mkdir(parents=True)
    (folder / "root-profiles.md").write_text(CHAPTER)
    return folder.parent


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(data, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_the_table_has_every_data_set_and_every_file(monkeypatch) -> None:
    monkeypatch.undo()
    table = catalogue.table()
    registered = catalogue.datasets()
    assert list(table["name"]) == list(registered)
    for row in table.to_dict(orient="records"):
        assert row["bytes"] == sum(file.bytes for file in registered[row["name"]].files)


def test_the_table_says_what_is_here_and_where_it_is_used(put, cache) -> None:
    put(cache, "beta", {"b1.csv": B["b1.csv"]})
    put(cache, "alpha", A)
    table = catalogue.table({"alpha": ["x/y", "x/z"]}).set_index("name")
    assert table.loc["alpha", "status"] == "present"
    assert bool(table.loc["alpha", "present"])
    assert table.loc["beta", "status"] == "1 of 2 files"
    assert not bool(table.loc["beta", "present"])
    assert table.loc["alpha", "used_in"] == ["x/y", "x/z"]
    assert table.loc["beta", "used_in"] == []


def test_the_table_names_an_altered_file_and_leaves_it(put, cache) -> None:
    put(cache, "alpha", {"a.csv": b"ALPHA"})
    table = catalogue.table().set_index("name")
    assert table.loc["alpha", "status"] == f"altered: {cache / 'alpha' / 'a.csv'}"
    assert (cache / "alpha" / "a.csv").exists()


def test_verify_reads_mirror_and_cache_and_sets_aside_what_is_altered(put, cache, mirror, left) -> None:
    put(mirror, "alpha", {"a.csv": b"ALPHA"})
    put(cache, "alpha", A)
    put(cache, "beta", {"b1.csv": B["b1.csv"], "b2.csv": b"beta 2!!"})
    checked = catalogue.verify()
    found = {(row.path, row.status) for row in checked.itertuples()}
    assert found == {
        (str(mirror / "alpha" / "a.csv"), "altered"),
        (str(cache / "alpha" / "a.csv"), "ok"),
        (str(cache / "beta" / "b1.csv"), "ok"),
        (str(cache / "beta" / "b2.csv"), "altered"),
    }
    assert left(mirror) == ["alpha/a.csv"]
    assert [name.split("-")[0] for name in left(cache)] == ["alpha/a.csv", "beta/b1.csv", "beta/b2.csv.bad"]


def test_verify_reads_the_bytes_again(put, cache, monkeypatch) -> None:
    put(cache, "alpha", A)
    place = catalogue.path("alpha")
    status = place.stat()
    place.write_bytes(b"ALPHA")
    # Same size, same time: only the bytes tell.
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert list(catalogue.verify(["alpha"])["status"]) == ["altered"]


def test_list(put, cache, notebooks) -> None:
    put(cache, "alpha", A)
    code, text = run("list", "--notebooks", str(notebooks))
    assert code == 0
    header, _, *rows = text.splitlines()
    for word in ("name", "source", "kind", "size", "licence", "DOI", "where used", "present"):
        assert word in header
    assert rows[0].startswith("alpha")
    assert "10.1000/alpha" in rows[0]
    assert "xiao2023/root-profiles" in rows[0]
    assert rows[0].endswith("yes")
    assert "CC0-1.0 *" in rows[1]
    assert rows[1].endswith("no")


def test_list_as_json(notebooks) -> None:
    code, text = run("list", "--json", "--notebooks", str(notebooks))
    assert code == 0
    rows = json.loads(text)
    assert [row["name"] for row in rows] == ["alpha", "beta"]
    assert rows[0]["used_in"] == ["xiao2023/root-profiles"]
    assert rows[0]["present"] is False
    assert rows[1]["bytes"] == sum(map(len, B.values()))


def test_list_without_notebooks(tmp_path) -> None:
    assert run("list", "--notebooks", str(tmp_path / "nowhere"))[0] == 0


def test_state(put, cache, notebooks) -> None:
    put(cache, "alpha", A)
    code, text = run("state", "--notebooks", str(notebooks))
    assert code == 0
    assert text.splitlines() == ["partial", "xiao2023/root-profiles: real", "missing: beta"]


def test_fetch_and_verify(put, cache, monkeypatch) -> None:
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    put(cache, "alpha", A)
    code, text = run("fetch")
    assert code == 1
    assert "alpha: present, verified" in text
    assert "Error: beta: " in text
    assert "COLDCARBON_OFFLINE" in text
    code, text = run("verify")
    assert code == 0
    assert "1 files verified" in text
    assert "not wholly: beta" in text
    (cache / "alpha" / "a.csv").write_bytes(b"other")
    code, text = run("verify")
    assert code == 1
    assert str(cache / "alpha" / "a.csv") in text
    assert "Traceback" not in text


def test_an_unknown_name_ends_with_a_plain_message() -> None:
    code, text = run("fetch", "alfa")
    assert code == 1
    assert "did you mean alpha" in text
