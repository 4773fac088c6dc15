"""A missing program leaves a test out on a developer's machine, and fails it in CI."""

import pytest

from tests import tools
from tests.promises import ROOT


@pytest.fixture
def run_without_the_tool(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest("from tests.tools import refuse_without_tools as pytest_runtest_setup")
    pytester.makeini("[pytest]\nmarkers =\n    peers(name): needs a program\naddopts = -p no:django")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.peers("sh")
        def test_of_what_is_there(): pass

        @pytest.mark.peers("no-such-program")
        def test_of_what_is_not(): pass
        """
    )
    return pytester


def test_in_ci_it_fails(run_without_the_tool: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    # A failure in a test's set-up is counted as an error.
    run_without_the_tool.runpytest_subprocess().assert_outcomes(passed=1, errors=1)


def test_elsewhere_it_is_left_out(run_without_the_tool: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    run_without_the_tool.runpytest_subprocess().assert_outcomes(passed=1, skipped=1)


def test_a_program_off_the_path_is_found() -> None:
    assert tools.find_tool("sh") is not None
    assert tools.find_tool("no-such-program") is None
