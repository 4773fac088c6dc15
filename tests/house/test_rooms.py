"""Rules about the rooms that import-linter cannot say."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from tests.house import tree


def test_factors_init_is_empty() -> None:
    assert (tree.ROOT / "src/twofold/factors/__init__.py").read_bytes() == b"", (
        "a factor is found by the registry alone"
    )


def test_core_imports_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"twofold"}
    foreign = {
        f"{tree.name_of(path)}: {module}"
        for path in tree.files("src/twofold/core")
        if path.suffix == ".py"
        for module in _imported(ast.parse(path.read_text(encoding="utf-8")))
        if module.partition(".")[0] not in allowed
    }
    assert not foreign, "core is rules, and rules need no library"


def _imported(module: ast.Module) -> list[str]:
    found: list[str] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.append(node.module)
    return found


def test_bootstrap_is_the_one_that_the_theme_was_made_for() -> None:
    wheel = metadata.distribution("bootstrap-wrapper")
    css = Path(str(wheel.locate_file("bootstrap/css/bootstrap.min.css"))).read_text(encoding="utf-8")
    assert "Bootstrap  v5.3.8 " in css[:200], "look at every page with the new version, then change this number"


def test_what_the_package_asks_for_is_what_run_installs() -> None:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[^A-Za-z0-9-]", each.replace("_", "-"))[0].lower() for each in project["dependencies"]}
    lines = (tree.ROOT / "requirements/runtime.in").read_text(encoding="utf-8").splitlines()
    installed = {
        re.split(r"[^A-Za-z0-9-]", line.replace("_", "-"))[0].lower()
        for line in lines
        if line and not line.startswith("#")
    }
    # The build backend is no dependency of the built package.
    assert installed - {"flit-core"} == asked


def test_paths_of_people_and_help_stand_in_one_file() -> None:
    literal = re.compile(r"/admin/(?:people|help)\b")
    named = {
        f"{tree.name_of(path)}:{number}"
        for path in tree.files("src/twofold")
        if path.suffix == ".py" and path.name != "urls.py" and tree.name_of(path) != "src/twofold/flows/paths.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if literal.search(line)
    }
    assert not named, "flows/paths.py says where people, groups and requests are: paths.person(id) and the others"
