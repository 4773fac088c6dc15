"""Every limit and default stands in docs/reference/numbers.md with the number that it has in code; none is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import twofold
from tests.docs.reading import cells, codes_in, text_of
from twofold.settings import PREFIX, Settings
from twofold.settings_limits import LimitSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(twofold.__file__).parent
# Numbers that limit nothing: how things are written, what they are made of, and what stands elsewhere in the table.
NO_LIMITS = {
    "commands.archive": {"FORMAT", "SALT_BYTES"},
    "commands.data_folder": {"FILE_MODE", "FOLDER_MODE"},
    "commands.demo_data": {"CAST"},
    "core.four_words": {"ENTROPY_BYTES"},
    "core.ids": {"LENGTH"},
    "core.numbers": {"DEFAULTS"},
    "core.recovery": {"CODE_BYTES", "ENTROPY_BYTES", "PASS_BYTES"},
    "core.retention": {"FOR_EVER"},
    "core.rules": {"EVERY_SIGN_IN"},
    "core.sent_codes": {"ENTROPY_BYTES", "NONE_SENT"},
    "core.throttle": {"EMPTY"},
    "core.wanted": {"NO_GRACE"},
    "django_settings": {"DATABASES"},
    "flows.address": {"LIMITS"},
    "flows.counts": {"NOTHING"},
    "store.sqlite": {"SQLITE_OPTIONS"},
    "web.admin.policy_fields": {"DAY", "MOST_DAYS", "MOST_TRUST_DAYS"},
    "web.entering": {"GONE"},
    "web.errors": {
        *("BAD_REQUEST", "BUSY", "FAILED", "FORBIDDEN", "MISDIRECTED", "NOT_ALLOWED", "NOT_FOUND", "TOO_LARGE"),
        "TOO_MANY",
    },
    "web.forms": {"MOST_NUMBER"},
    "web.tokens": {"LENGTH"},
}
SETTINGS = {*LimitSettings.model_fields, "threads", "sms_budget", "sms_end_users_percent"} - {"trusted_networks"}
_SPANS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_SIZES = {"KiB": 1024, "MiB": 1024 * 1024}
_LETTERS = {"s": "s", "m": "min", "h": "h", "d": "d"}
_SAID = re.compile(r"(\d+(?:\.\d+)?)(?: (s|min|h|d|KiB|MiB)\b)?")
_SET = re.compile(r"(\d+)([smhd]?)")
_STEP = re.compile(r"\[([^\]]+)\]|\.?(\w+)(\(\))?")


def table() -> dict[str, list[str]]:
    """Return the cells of every row by the places that it names; a row of a heading or a line is none."""
    found = {}
    for line in text_of("numbers.md").splitlines():
        if line.startswith("| ") and not line.startswith(("| --- ", "| what ")):
            row = cells(line)
            assert row[2] not in found, f"{row[2]} has two rows"
            found[row[2]] = row
    return found


TABLE = table()
NAMED = {name for places in TABLE for name in codes_in(places)}


def said(text: str) -> list[tuple[float, str]]:
    """Return the numbers of a text with their units; one without takes that of the next which has one."""
    found = [(float(number), unit) for number, unit in _SAID.findall(text)]
    later = ""
    for index in range(len(found) - 1, -1, -1):
        later = found[index][1] or later
        found[index] = (found[index][0], found[index][1] or later)
    return found


def leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Yield the parts of a value that are looked at together, each by its path: tuples are not taken apart."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(part, f"{path}[{key}]")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    elif numbers_in(value):
        yield path, value


def numbers_in(value: object) -> list[float | timedelta]:
    """Return every number of a value in its order, [] where it is something else."""
    if isinstance(value, bool | str) or value is None:
        return []
    if isinstance(value, int | float | timedelta):
        return [value]
    if isinstance(value, tuple):
        return [number for one in value for number in numbers_in(one)]
    if is_dataclass(value) and not isinstance(value, type):
        return [number for field in fields(value) for number in numbers_in(getattr(value, field.name))]
    return []


def meant_by(place: str) -> object:
    """Return what a place below the package is: `core.links.LIVES[rescue]`, `core.rules.default_rules().team`."""
    for end in range(place.count("."), 0, -1):
        name = ".".join(place.split(".")[:end])
        if (SOURCE / f"{name.replace('.', '/')}.py").is_file():
            break
    value: Any = import_module(f"twofold.{name}")
    for key, attribute, called in _STEP.findall(place.removeprefix(f"{name}.")):
        value = value[key] if key else getattr(value, attribute)
        value = value() if called else value
    return value


def is_said(said_so: list[tuple[float, str]], numbers: list[float | timedelta]) -> bool:
    """Say whether the numbers of a text are these, with their units."""
    if len(said_so) != len(numbers):
        return False
    return all(
        unit in _SPANS and number * _SPANS[unit] == real
        if isinstance(real, timedelta)
        else real in (number, number * _SIZES.get(unit, 1))
        for (number, unit), real in zip(said_so, numbers, strict=True)
    )


@pytest.mark.parametrize("places", sorted(TABLE))
def test_a_row_says_the_number_that_the_code_has(places: str) -> None:
    number = said(TABLE[places][1].partition(" (")[0])
    assert number
    for alternative in places.split(", "):
        names = [name for part in alternative.split(" and ") for name in codes_in(part)]
        if names[0].startswith(PREFIX):
            assert "(settings.md)" in alternative
            pairs = list(zip(setting(names[0]), number, strict=True))
            assert all(one == other and unit in {"", its_unit} for (one, unit), (other, its_unit) in pairs)
        else:
            real = [one for name in names for one in numbers_in(meant_by(name))]
            assert is_said(number, real), f"{alternative} is {real}"


def setting(variable: str) -> list[tuple[float, str]]:
    """Return the numbers of a setting's default, with units where it is written with some."""
    default = Settings.model_fields[variable.removeprefix(PREFIX).lower()].default
    return [(float(number), _LETTERS.get(unit, "")) for number, unit in _SET.findall(str(default))]


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_that_is_a_limit_has_a_row_with_what_it_can_be(name: str) -> None:
    rows = [row for row in TABLE.values() if f"`{PREFIX}{name.upper()}`" in row[2]]
    assert len(rows) == 1
    assert rows[0][4].startswith("a setting")
    bounds = {key: bound for each in Settings.model_fields[name].metadata for key, bound in vars_of(each).items()}
    between = re.search(r"\((\d+) to (\d+)\)$", rows[0][1])
    assert between is not None or not bounds
    if between is not None:
        assert (bounds["ge"], bounds["le"]) == (int(between[1]), int(between[2]))


def vars_of(bound: object) -> dict[str, object]:
    """Return a bound of a field: `ge` or `le`."""
    return {key: getattr(bound, key) for key in ("ge", "le") if hasattr(bound, key)}


def test_no_row_calls_a_constant_a_setting() -> None:
    for places, row in TABLE.items():
        assert row[4].startswith("a setting") == (PREFIX in places), row[0]
        assert all(row), row


def modules() -> list[str]:
    """Return every module by its dotted name below the package."""
    found = [path.relative_to(SOURCE).with_suffix("") for path in sorted(SOURCE.rglob("*.py"))]
    return [".".join(path.parts) for path in found if "migrations" not in path.parts and path.name[:2] != "__"]


@pytest.mark.parametrize("module", modules())
def test_no_number_is_left_out(module: str) -> None:
    tree = ast.parse((SOURCE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    targets = [
        target.id
        for each in tree.body
        if isinstance(each, ast.Assign | ast.AnnAssign)
        for target in (each.targets if isinstance(each, ast.Assign) else [each.target])
        if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_")
    ]
    elsewhere = NO_LIMITS.get(module, set())
    assert elsewhere <= set(targets)
    for target in set(targets) - elsewhere:
        place = f"{module}.{target}"
        for path, value in leaves(meant_by(place), place):
            assert any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in NAMED), (
                f"{path} ({value}) has no row"
            )
