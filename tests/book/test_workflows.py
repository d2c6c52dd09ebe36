"""The workflows are well formed, safe, and run what there is."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from coldcarbon.book.environment import plain_commands
from coldcarbon.book.project import find_project
from commands import fault

ROOT = find_project(Path(__file__)).root
FOLDER = ROOT / ".github" / "workflows"
NAMES = ["build", "nightly", "publish"]
TOOLS = Path(sys.executable).parent
EXPRESSION = re.compile(r"\$\{\{.*?\}\}")


def workflow(name: str) -> dict[str, Any]:
    # YAML 1.1 reads the key "on" as true.
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def lines(script: str) -> list[str]:
    """Commands of a step, without what a shell does with what they print."""
    joined = re.sub(r"\s*(?:\|\||&&|\\)\s*\n\s*", "\n", script)
    found = [re.sub(r"\s*>>?\s*\S+$", "", line.strip()) for line in joined.splitlines()]
    return [line for line in found if line and not line.startswith(("$", "#"))]


def schema_faults(path: Path, schema: str) -> str:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def dangers(*paths: Path) -> str:
    """What zizmor, asked without a network, says against files."""
    command = [str(TOOLS / "zizmor"), "--offline", "--no-progress", "--quiet", "--no-config", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_all_workflows_are_looked_at() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_is_well_formed_and_limits_its_time(name: str) -> None:
    path = FOLDER / f"{name}.yml"
    assert schema_faults(path, "vendor.github-workflows") == ""
    assert schema_faults(path, "custom.github-workflows-require-timeout") == ""
    assert "concurrency" in workflow(name)


def test_updates_of_the_actions_are_well_formed() -> None:
    assert schema_faults(ROOT / ".github" / "dependabot.yml", "vendor.dependabot") == ""


def test_nothing_in_them_is_unsafe() -> None:
    assert dangers(*sorted(FOLDER.glob("*.yml")), ROOT / ".github" / "dependabot.yml") == ""


@pytest.mark.parametrize(
    ("name", "words", "instead", "danger"),
    [
        ("publish", "@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "@main", "unpinned-uses"),
        ("publish", 'release create "$TAG"', 'release create "${{ github.ref_name }}"', "template-injection"),
        ("nightly", "permissions:\n  contents: read", "permissions: write-all", "excessive-permissions"),
        ("publish", "          persist-credentials: false", "          fetch-depth: 1", "artipacked"),
    ],
)
def test_what_is_unsafe_is_found(name: str, words: str, instead: str, danger: str, tmp_path: Path) -> None:
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    assert words in text
    place = tmp_path / ".github" / "workflows" / f"{name}.yml"
    place.parent.mkdir(parents=True)
    place.write_text(text.replace(words, instead), encoding="utf-8")
    assert danger in dangers(place)


def test_a_workflow_that_is_malformed_is_found(tmp_path: Path) -> None:
    path = tmp_path / "build.yml"
    shutil.copy(FOLDER / "build.yml", path)
    path.write_text(path.read_text(encoding="utf-8").replace("runs-on:", "run-on:"), encoding="utf-8")
    assert "runs-on" in schema_faults(path, "vendor.github-workflows")


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_pinned_by_its_hash_and_says_its_version(name: str) -> None:
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    uses = re.findall(r"uses: (.+)$", text, re.MULTILINE)
    assert uses
    assert [line for line in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_an_action_has_one_version_in_all_workflows() -> None:
    uses = {step["uses"] for name in NAMES for step in steps(name) if "uses" in step}
    assert len({use.partition("@")[0] for use in uses}) == len(uses)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_a_workflow_exists(name: str) -> None:
    scripts = [step["run"] for step in steps(name) if "run" in step]
    assert scripts
    found = {line: wrong for script in scripts for line in lines(script) if (wrong := fault(line))}
    assert found == {}


@pytest.mark.parametrize("name", NAMES)
def test_no_command_is_put_together_from_outside(name: str) -> None:
    assert [step["run"] for step in steps(name) if EXPRESSION.search(step.get("run", ""))] == []


@pytest.mark.parametrize("name", NAMES)
def test_rights_are_given_to_the_job_that_needs_them(name: str) -> None:
    whole = workflow(name)
    assert whole["permissions"] in ({}, {"contents": "read"})
    rights = {job: set(body.get("permissions", {}).items()) for job, body in whole["jobs"].items()}
    writing = {job: sorted(key for key, value in some if value == "write") for job, some in rights.items()}
    wanted = {"pages": ["id-token", "pages"], "release": ["contents"]} if name == "publish" else {}
    assert {job: keys for job, keys in writing.items() if keys} == wanted


def test_what_is_published_uses_nothing_kept_and_nightly_neither() -> None:
    for name in ("nightly", "publish"):
        assert not [step for step in steps(name) if "actions/cache@" in step.get("uses", "")]


def test_builds_keep_packages_data_and_results_under_keys_that_change_with_them() -> None:
    keys = {
        step["with"]["path"].partition(" ")[0]: step["with"]["key"]
        for step in steps("build")
        if "actions/cache@" in step.get("uses", "")
    }
    assert set(keys) == {"~/.cache/uv", "~/.cache/coldcarbon", "book/_build/.jupyter_cache"}
    for part in ("python-version", "requirements.lock", "notebooks/**/*.md", "src/coldcarbon/**", "results/*.json"):
        assert part in keys["book/_build/.jupyter_cache"]
    assert "requirements.lock" in keys["~/.cache/uv"]


def test_without_make_a_build_types_the_commands_of_the_readme() -> None:
    job = workflow("build")["jobs"]["without-make"]
    assert sorted(job["strategy"]["matrix"]["os"]) == ["macos-latest", "windows-latest"]
    scripts = {step["name"]: lines(step["run"]) for step in job["steps"] if "run" in step}
    assert scripts["macOS"][:3] == plain_commands()
    assert scripts["Windows"][1:3] == plain_commands(windows=True)[1:]
    assert [line.replace("\\", "/").replace("Scripts", "bin") for line in scripts["Windows"][1:]] == scripts["macOS"][
        1:
    ]


def test_a_release_holds_pdf_sources_bundles_and_ledger() -> None:
    (script,) = (step["run"] for step in steps("publish") if step.get("name") == "Gather what a release holds")
    for part in ("make pdf", "coldcarbon.pdf", "git archive", "results/ledger.json", "html/bundles/*.zip"):
        assert part in script


def test_a_change_of_verdicts_shows_in_a_pull_request() -> None:
    (step,) = (step for step in steps("build") if "claims --against" in step.get("run", ""))
    assert step["run"].rstrip().endswith('>> "$GITHUB_STEP_SUMMARY"')
    assert "pull_request.base.sha" in step["env"]["BASE"]
