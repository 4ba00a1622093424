"""The project's own promises: locks, package, imports, and what `make` and CI do."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

import turnout

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; .+?)? \\$")


def pins(lock: Path) -> dict[str, str]:
    matches = map(PIN.match, lock.read_text().splitlines())
    return {match[1]: match[2] for match in matches if match}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(requirements: list[Any]) -> set[str]:
    names = (re.match(r"[A-Za-z0-9._-]+", each) for each in requirements if isinstance(each, str))
    return {normalised(name[0]) for name in names if name}


def test_there_is_a_lock_to_run_one_to_test_and_one_to_lock() -> None:
    assert [lock.stem for lock in LOCKS] == ["lock", "run", "test"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_holds_pins_and_hashes_and_no_address(lock: Path) -> None:
    allowed = re.compile(rf"{PIN.pattern}|^    --hash=sha256:[0-9a-f]{{64}}( \\)?$|^ +# ")
    strange = [line for line in lock.read_text().splitlines() if not allowed.match(line)]
    assert strange == []
    assert not re.search(r"://|--(extra-)?index|--find-links", lock.read_text())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_pin_has_a_hash(lock: Path) -> None:
    lines = lock.read_text().splitlines()
    bare = [line for line, after in zip(lines, [*lines[1:], ""], strict=True)
            if PIN.match(line) and "--hash" not in after]  # fmt: skip
    assert pins(lock)
    assert bare == []


def test_the_test_lock_holds_the_run_lock_unchanged() -> None:
    run, test = pins(ROOT / "requirements/run.txt"), pins(ROOT / "requirements/test.txt")
    assert run.items() <= test.items()


def test_the_locks_hold_all_that_the_project_asks_for_and_its_build_backend() -> None:
    groups = PROJECT["dependency-groups"]
    run = required(PROJECT["project"]["dependencies"]) | required(groups["build"])
    assert run <= pins(ROOT / "requirements/run.txt").keys()
    assert required(groups["test"]) <= pins(ROOT / "requirements/test.txt").keys()
    assert required(PROJECT["build-system"]["requires"]) == required(groups["build"])


def test_the_domain_imports_nothing_but_the_standard_library_and_itself() -> None:
    allowed = sys.stdlib_module_names | {"turnout"}
    found = {
        (path.name, name)
        for path in (ROOT / "src/turnout/domain").rglob("*.py")
        for name in imported(path)
    }
    assert found, "no import found at all: the test looks in the wrong place"
    assert {(file, name) for file, name in found if name not in allowed} == set()


def imported(path: Path) -> set[str]:
    """First parts of the names of the modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    origins = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | origins}


def test_the_domain_contract_names_every_package_that_the_project_depends_on() -> None:
    contract = next(c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["id"] == "domain")
    wanted = required(PROJECT["project"]["dependencies"])
    modules = {
        module
        for module, owners in packages_distributions().items()
        if not module.startswith("_") and wanted & {normalised(owner) for owner in owners}
    }
    strays = {"LICENSE", "docs", "tests"}  # what some packages leave beside their modules
    assert modules - strays <= set(contract["forbidden_modules"])


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(turnout.__file__).with_name("py.typed").exists()


def test_make_lists_its_targets_with_a_line_each() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "demo", "test", "lint", "bench", "lock", "clean"):
        assert re.search(rf"^  make {target}\s+\S.*$", listed, re.MULTILINE), target


SKIPPING = """
    import pytest

    def test_skips():
        pytest.skip("no such thing here")

    @pytest.mark.skipif(True, reason="marked")
    def test_is_marked():
        pass

    @pytest.mark.xfail(reason="known")
    def test_is_known_to_fail():
        assert False
"""


@pytest.mark.parametrize(
    ("ci", "outcomes"),
    [("true", {"failed": 2, "errors": 1}), ("", {"skipped": 2, "xfailed": 1})],
    ids=["in CI", "elsewhere"],
)
def test_a_skip_is_a_failure_in_ci_only(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    ci: str,
    outcomes: dict[str, int],
) -> None:
    monkeypatch.setenv("CI", ci)
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text())
    pytester.makepyfile(SKIPPING)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(**outcomes)
    assert bool(result.ret) == (ci == "true")


def test_a_skipped_module_is_an_error_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text())
    pytester.makepyfile("import pytest; pytest.skip('not here', allow_module_level=True)")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*CI=true allows no skip: *not here*"])


def test_the_ci_script_can_be_executed_and_stops_at_the_first_failure() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()
    assert script.read_text().rstrip().endswith("make test")
