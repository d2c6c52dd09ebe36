"""Running notebooks: results, failures, reuse. Each kernel costs a second, so one run serves many tests."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig

from coldcarbon.book.execute import THREAD_LIMITS, ExecutionFailedError, Job, execute, run_jobs, with_key

GOOD = [
    "import os\nfrom pathlib import Path",
    f"print({{name: os.environ.get(name) for name in {list(THREAD_LIMITS)}}})",
    "print(os.environ['COLDCARBON_OFFLINE'], Path.cwd().name)",
]
OTHER = ["x = 2 + 2", "x"]
BAD = ["y = 1", "# the next line fails\n1 / 0", "z = 1"]


def job(folder: Path, name: str, cells: list[str], key: str = "1") -> Job:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "coldcarbon_key": key}
    notebook.cells = [nbformat.v4.new_markdown_cell("# Title"), *(nbformat.v4.new_code_cell(text) for text in cells)]
    return Job(f"notebooks/paper/{name}", folder / f"{name}.md", notebook)


@dataclass
class Run:
    folder: Path
    store: Path
    error: str
    said: list[str] = field(default_factory=list)

    def again(self, *jobs: Job) -> tuple[dict[str, dict], list[str]]:
        said: list[str] = []
        return run_jobs(jobs, self.store, say=said.append), said

    def outputs(self, one: Job) -> list[str]:
        _, notebook = get_cache(str(self.store)).merge_match_into_notebook(one.notebook)
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        return [output.get("text") or output.data["text/plain"] for output in outputs]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three notebooks were run; the one in the middle failed."""
    folder = tmp_path_factory.mktemp("paper")
    store = folder / "store"
    said: list[str] = []
    jobs = [job(folder, "good", GOOD), job(folder, "bad", BAD), job(folder, "other", OTHER)]
    with pytest.raises(ExecutionFailedError) as caught:
        run_jobs(jobs, store, say=said.append)
    return Run(folder, store, str(caught.value), said)


def test_a_failure_names_page_and_cell(first: Run) -> None:
    assert first.error.startswith("notebooks/paper/bad, code cell 2 of 3 ('# the next line fails'):")
    assert "ZeroDivisionError" in first.error
    assert "\x1b" not in first.error


def test_each_notebook_has_a_progress_line(first: Run) -> None:
    assert first.said[0].startswith("running 3 of 3 notebooks")
    assert sum("failed   notebooks/paper/bad" in line for line in first.said) == 1
    assert sum(line.endswith("notebooks/paper/good") for line in first.said) == 1


def test_results_are_kept_when_another_notebook_fails(first: Run) -> None:
    good, other = job(first.folder, "good", GOOD), job(first.folder, "other", OTHER)
    records, said = first.again(good, other)
    assert said == []
    assert set(records) == {good.name, other.name}
    assert first.outputs(other) == ["4"]
    record = records[good.name]
    assert 0 < record["execution_seconds"] < 60
    assert record["executed_at"].endswith("UTC")
    assert record["peak_memory_mb"] is None or 5 < record["peak_memory_mb"] < 10_000


def test_threads_are_limited_and_the_kernel_is_offline_in_the_notebooks_folder(first: Run) -> None:
    text = "".join(first.outputs(job(first.folder, "good", GOOD)))
    assert str(THREAD_LIMITS) in text
    assert f"1 {first.folder.name}" in text
    assert set(THREAD_LIMITS.values()) == {"1"}
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"} <= set(THREAD_LIMITS)


def test_a_failed_notebook_is_not_stored(first: Run) -> None:
    with pytest.raises(KeyError):
        get_cache(str(first.store)).match_cache_notebook(job(first.folder, "bad", BAD).notebook)


def test_a_result_is_used_for_its_own_key_and_code_only(first: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def instead(one: Job, *, on_cell: Callable[[], object]) -> tuple[nbformat.NotebookNode, dict]:
        ran.append(one.name)
        return copy.deepcopy(one.notebook), {"execution_seconds": 0.0, "peak_memory_mb": None, "executed_at": "now"}

    monkeypatch.setattr("coldcarbon.book.execute.execute", instead)
    prose = job(first.folder, "good", GOOD)
    prose.notebook.cells[0].source = "# Another title"
    first.again(prose)
    assert ran == []
    _, said = first.again(job(first.folder, "good", GOOD, key="2"), job(first.folder, "other", OTHER))
    assert ran == ["notebooks/paper/good"]
    assert said[0].startswith("running 1 of 2 notebooks")
    first.again(job(first.folder, "other", ["x = 2 + 3", "x"]))
    assert ran == ["notebooks/paper/good", "notebooks/paper/other"]
    first.again(job(first.folder, "good", GOOD, key="1"), job(first.folder, "good", GOOD, key="2"))
    assert len(ran) == 2


def test_a_kernel_that_dies_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExecutionFailedError, match=r"notebooks/paper/dies, code cell 1 of 1 \('import os'\)"):
        execute(job(tmp_path, "dies", ["import os\nos._exit(1)"]))


def test_a_kernel_that_is_not_there_is_named(tmp_path: Path) -> None:
    one = job(tmp_path, "unknown", OTHER)
    one.notebook.metadata.kernelspec["name"] = "no-such-kernel"
    with pytest.raises(ExecutionFailedError, match=r"notebooks/paper/unknown.*no-such-kernel"):
        run_jobs([one], tmp_path / "store", say=lambda _: None)


def test_with_key_reaches_the_kernelspec_as_the_book_reads_it(tmp_path: Path) -> None:
    text = (
        "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\nkernelspec:\n"
        "  display_name: Python 3\n  language: python\n  name: python3\n---\n\n# Title\n\n"
        "```{code-cell} ipython3\n1\n```\n\n    kernelspec:\n"
    )
    source = with_key(text, "00ff")
    assert source.count("coldcarbon_key") == 1
    reader = create_nb_reader(str(tmp_path / "a.md"), MdParserConfig(), NbParserConfig(), source)
    assert reader is not None
    assert reader.read(source).metadata.kernelspec["coldcarbon_key"] == "00ff"
