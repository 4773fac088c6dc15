"""./run on machines that it has not seen: a stand-in for Python records what it is asked to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house import tree

# Makes a virtual environment that holds itself and a `twofold`, each writing down how it was called.
_PYTHON = """#!/bin/sh
echo "python $*" >>"$CALLS"
case "$*" in
*ensurepip*) [ -z "${NO_VENV-}" ] ;;
*"-m venv"*)
    for folder; do :; done
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python"
    printf '#!/bin/sh\\necho "twofold $*" >>"$CALLS"\\nenv >"$CALLS.env"\\n' >"$folder/bin/twofold"
    chmod +x "$folder/bin/twofold"
    ;;
*version_info*) [ -z "${TOO_OLD-}" ] ;;
esac
"""


class Machine:
    """A checkout with ./run and what it reads, and a PATH where Python is the stand-in and nobody is root."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a checkout"
        self.checkout.mkdir()
        for name in ("run", "pyproject.toml"):
            shutil.copy(tree.ROOT / name, self.checkout)
        shutil.copytree(tree.ROOT / "requirements", self.checkout / "requirements")
        self._programs = folder / "bin"
        self._programs.mkdir()
        self._program("python3", _PYTHON)
        self._program("id", "#!/bin/sh\necho 1000\n")
        self._calls = folder / "calls"

    def _program(self, name: str, text: str) -> None:
        path = self._programs / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def has_a_python_of_the_system(self, text: str) -> None:
        """Put a stand-in for the system's own Python where ./run looks for that."""
        self._program("of-the-system", text)
        venv = self.checkout / "requirements" / "venv.sh"
        script = venv.read_text(encoding="utf-8")
        assert "/usr/bin/python3" in script
        venv.write_text(script.replace("/usr/bin/python3", str(self._programs / "of-the-system")), encoding="utf-8")

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Call ./run from elsewhere."""
        self._calls.write_text("", encoding="utf-8")
        path = f"{self._programs}{os.pathsep}{os.defpath}"
        return subprocess.run(
            [self.checkout / "run", *words],
            cwd="/",
            env={"PATH": path, "CALLS": str(self._calls), "PYTHON": "python3", **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What the product was started with."""
        lines = self._calls.with_name("calls.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def calls(self) -> list[str]:
        """What the stand-ins were asked in the last run."""
        return self._calls.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_run_installs_and_serves(machine: Machine) -> None:
    assert machine.run().returncode == 0
    installs = [call for call in machine.calls if "pip install" in call]
    assert "--require-hashes --only-binary :all:" in installs[0]
    assert "--editable" in installs[1]
    assert machine.calls[-1] == "twofold serve"


def test_a_second_run_starts_no_python_but_the_product(machine: Machine) -> None:
    machine.run()
    machine.run()
    assert machine.calls == ["twofold serve"]


@pytest.mark.parametrize(
    ("words", "handed_on"),
    [
        ((), "serve"),
        (("demo",), "demo"),
        (("rescue", "a@example.com"), "rescue a@example.com"),
        (("--public", "https://help.example.com"), "serve --public https://help.example.com"),
        (("--help",), "--help"),
    ],
)
def test_words_are_handed_on(machine: Machine, words: tuple[str, ...], handed_on: str) -> None:
    machine.run(*words)
    assert machine.calls[-1] == f"twofold {handed_on}"


def test_where_bytecode_may_not_be_kept_it_goes_into_a_folder_of_ours(machine: Machine) -> None:
    machine.run()
    assert "PYTHONPYCACHEPREFIX" not in machine.environment
    machine.run(PYTHONDONTWRITEBYTECODE="1")
    assert "PYTHONDONTWRITEBYTECODE" not in machine.environment
    assert machine.environment["PYTHONPYCACHEPREFIX"] == str(machine.checkout / ".venv" / "bytecode")


def test_changed_requirements_are_installed_into_what_is_there(machine: Machine) -> None:
    machine.run()
    with (machine.checkout / "requirements" / "runtime.txt").open("a", encoding="utf-8") as requirements:
        requirements.write("# newer\n")
    machine.run()
    assert any("pip install" in call for call in machine.calls)
    assert not any("-m venv" in call for call in machine.calls)


def test_a_moved_checkout_is_installed_anew(machine: Machine, tmp_path: Path) -> None:
    machine.run()
    machine.checkout = machine.checkout.rename(tmp_path / "elsewhere")
    machine.run()
    assert any("-m venv" in call for call in machine.calls)
    assert machine.calls[-1] == "twofold serve"


def test_without_venv_it_prints_the_one_line_that_installs_it(machine: Machine) -> None:
    done = machine.run(NO_VENV="yes")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Python's venv module is missing. This installs it: sudo apt-get install python3-venv"
    ]
    assert not any("pip install" in call for call in machine.calls)


def test_an_old_python_is_named_as_the_reason(machine: Machine) -> None:
    done = machine.run(TOO_OLD="yes")
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr


def test_the_python_of_the_system_comes_first_where_it_lacks_nothing(machine: Machine) -> None:
    machine.has_a_python_of_the_system(_PYTHON.replace('echo "python', 'echo "system'))
    assert machine.run(PYTHON="").returncode == 0
    assert any(call.startswith("system ") and "-m venv" in call for call in machine.calls)


@pytest.mark.parametrize("lacking", ["*version_info*) false ;;", "*ensurepip*) false ;;"])
def test_a_system_whose_python_is_old_or_lacks_venv_is_left_alone(machine: Machine, lacking: str) -> None:
    machine.has_a_python_of_the_system(f'#!/bin/sh\ncase "$*" in\n{lacking}\nesac\n')
    assert machine.run(PYTHON="").returncode == 0
    assert any(call.startswith("python ") and "-m venv" in call for call in machine.calls)


def test_a_python_that_is_named_is_the_only_one(machine: Machine) -> None:
    machine.has_a_python_of_the_system(_PYTHON.replace('echo "python', 'echo "system'))
    assert machine.run().returncode == 0
    assert not any(call.startswith("system ") for call in machine.calls)
