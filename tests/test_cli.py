"""Each verb explains itself and fails in plain words."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from coldcarbon.book.project import find_project
from coldcarbon.claims import Claim, update
from coldcarbon.cli import main

PROJECT = find_project(Path(__file__).parent)
VERBS = [[name] for name in main.commands]
VERBS += [
    [name, verb] for name, group in main.commands.items() if isinstance(group, click.Group) for verb in group.commands
]


def call(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def claim(name: str, verdict: str = "reproduced", **fields: object) -> Claim:
    row: dict[str, object] = {
        "id": name,
        "published_id": "xiao2023-n-root-profiles",
        "paper": name.partition("/")[0],
        "chapter": name.rpartition("/")[0],
        "statement": f"statement of {name}",
        "headline": False,
        "published": 559.0,
        "unit": "count",
        "comparison": "eq",
        "ours": 559.0,
        "low": None,
        "high": None,
        "n": 559,
        "evidence": "real",
        "tolerance": 0.5,
        "tolerance_kind": "absolute",
        "verdict": verdict,
        "reason": "559 and 559 agree within 0.5",
        "page": f"notebooks/{name}.html#claim",
    }
    return Claim.from_dict({**row, **fields})


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two recorded rows and no build, as working directory."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "_config.yml").touch()
    rows = [claim("xiao2023/root-profiles/a"), claim("han2022/transect/b", "differs")]
    update(tmp_path / "results" / "ledger.json", rows, version="0")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_explains_itself(verb: list[str]) -> None:
    result = call(*verb, "--help")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Usage: ")
    assert result.output.split("\n\n")[1].strip().endswith("."), "a sentence says what it does"


def test_the_verbs_are_those_of_the_makefile() -> None:
    targets = {
        line.partition(":")[0]
        for line in (PROJECT.root / "Makefile").read_text().splitlines()
        if " ## " in line and not line.startswith(("help", "chapter"))
    }
    assert targets | {"run", "data", "claims"} == set(main.commands)


@pytest.mark.parametrize("verb", ["run", "bundle"])
def test_an_unknown_chapter_names_the_known_ones(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT.root)
    result = call(verb, "xiao2023/no-such")
    assert result.exit_code == 2
    assert "there is no chapter 'xiao2023/no-such'; the chapters are " in result.output
    assert "xiao2023/root-profiles" in result.output


@pytest.mark.parametrize("words", [["book"], ["run", "xiao2023/a"], ["bundle", "xiao2023/a"], ["claims"], ["pdf"]])
def test_outside_a_checkout_it_says_so(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(*words)
    assert result.exit_code == 2
    assert "is not inside a checkout of Cold Carbon" in result.output
    assert "Traceback" not in result.output


def test_run_of_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("run", "notebooks/gone.md")
    assert result.exit_code == 1
    assert "there is no notebook" in result.output
    assert not (tmp_path / "executed").exists()


def test_a_mirror_that_is_not_there_is_refused_in_one_line(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCARBON_MIRROR", "no-such-folder")
    result = call("data", "verify")
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: COLDCARBON_MIRROR names {checkout / 'no-such-folder'}")


def test_relative_folders_mean_the_same_to_a_kernel_elsewhere(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / "mirror").mkdir()
    monkeypatch.setenv("COLDCARBON_MIRROR", "mirror")
    monkeypatch.setenv("COLDCARBON_CACHE", "../cache")
    assert call("claims").exit_code == 0
    assert os.environ["COLDCARBON_MIRROR"] == str(checkout / "mirror")
    assert Path(os.environ["COLDCARBON_CACHE"]).is_absolute()


@pytest.mark.usefixtures("checkout")
def test_claims_lists_recorded_rows_where_nothing_is_built() -> None:
    output = call("claims").output
    assert "reproduced      xiao2023/root-profiles/a (recorded " in output
    assert "statement of han2022/transect/b" in output
    assert output.endswith("2 claims\n")


@pytest.mark.usefixtures("checkout")
def test_claims_of_one_paper_as_json() -> None:
    rows = json.loads(call("claims", "han2022", "--json").output)
    assert [(row["id"], row["computed"]) for row in rows] == [("han2022/transect/b", "recorded")]


def test_a_build_wins_over_the_record(checkout: Path) -> None:
    built = checkout / "book" / "_build" / "claims.json"
    built.parent.mkdir(parents=True)
    built.write_text(json.dumps([claim("xiao2023/root-profiles/a").to_dict()]))
    output = call("claims").output
    assert "recorded" not in output
    assert output.endswith("1 claims\n")


def test_claims_against_another_ledger_says_what_changed(checkout: Path) -> None:
    rows = [claim("xiao2023/root-profiles/a"), claim("han2022/transect/b", "reproduced")]
    update(checkout / "base.json", rows, version="0")
    output = call("claims", "--against", "base.json").output
    assert "1 changed, 0 new, 0 gone, of 2 before." in output
    assert "| reproduced | **differs** |" in output


def test_claims_against_no_ledger_says_so(checkout: Path) -> None:
    (checkout / "base.json").write_text("{}")
    result = call("claims", "--against", "base.json")
    assert result.exit_code == 1
    assert "base.json is no ledger" in result.output
    assert "Traceback" not in result.output
    assert call("claims", "--against", "gone.json").exit_code == 2


@pytest.mark.usefixtures("checkout")
def test_claims_of_an_unknown_paper_names_the_papers() -> None:
    result = call("claims", "nobody1999")
    assert result.exit_code == 2
    assert "xiao2023" in result.output


def test_clean_deletes_what_a_build_writes_and_nothing_else(checkout: Path) -> None:
    (checkout / "book" / "_build" / "html").mkdir(parents=True)
    (checkout / "book" / "index.md").touch()
    assert call("clean").exit_code == 0
    assert [path.name for path in (checkout / "book").iterdir()] == ["index.md"]


def test_the_installed_command_answers() -> None:
    command = Path(sys.executable).with_name("coldcarbon.exe" if os.name == "nt" else "coldcarbon")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert "coldcarbon" in done.stdout


def test_data_show_prints_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path))
    monkeypatch.delenv("COLDCARBON_MIRROR", raising=False)
    result = call("data", "show", "srdb", "--notebooks", str(PROJECT.root / "notebooks"))
    assert result.exit_code == 0, result.output
    assert "https://doi.org/10.5194/essd-13-255-2021" in result.output
    assert "sha256:e751e5a5a01650cd5be736de49fa790c63cdd47d7eeb3c1f11a910add107d399" in result.output
    assert "npp_Mg_C_per_ha_per_year" in result.output
    assert "xiao2023/belowground-production" in result.output


def test_data_show_offers_names_that_come_close() -> None:
    result = call("data", "show", "srbd")
    assert result.exit_code == 1
    assert "did you mean srdb" in result.output
