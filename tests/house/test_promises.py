"""The marks of the tests and the pages that they name agree."""

import pytest

from tests import promises
from tests.house import links, marks


@pytest.mark.parametrize("mark", sorted(promises.PAGES))
def test_every_id_in_the_tests_is_a_row_of_its_page(mark: str) -> None:
    assert marks.unknown(mark, promises.ids_on(promises.PAGES[mark])) == []


@pytest.mark.parametrize("mark", sorted(promises.PAGES))
def test_no_page_has_an_id_twice(mark: str) -> None:
    ids = promises.ids_on(promises.PAGES[mark])
    assert ids
    assert len(ids) == len(set(ids))


def test_the_security_case_links_each_row_to_its_tests() -> None:
    page = promises.SECURITY_CASES.read_text(encoding="utf-8")
    assert page == links.linked(page), "write it anew: .venv/bin/python -m tests.house.links"


def test_the_summary_names_what_no_passing_test_carries(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(promises.ROOT))
    pytester.makeconftest('pytest_plugins = ["tests.promises"]')
    pytester.makeini(
        "[pytest]\nmarkers =\n    behaviour(id): a row\n    security(id): a row\naddopts = -p no:randomly -p no:django"
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.behaviour("A01", "A02")
        def test_holds(): pass

        @pytest.mark.behaviour("A02", "A03")
        @pytest.mark.security("SA1")
        def test_fails(): assert False

        @pytest.fixture
        def broken():
            yield
            assert False

        @pytest.mark.behaviour("A04")
        def test_breaks_at_its_end(broken): pass

        @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.security("SA2"))])
        def test_carries_by_a_parameter(x): pass
        """
    )
    result = pytester.runpytest_subprocess("-n", "1", "--promises")
    told = [line.split() for line in result.outlines if line.startswith("  ")]
    behaviours = next(line for line in told if "A03" in line)
    assert not {"A01", "A02"} & set(behaviours)
    assert "A04" in behaviours
    security = next(line for line in told if "SA1" in line)
    assert "SA2" not in security
