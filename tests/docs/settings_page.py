"""docs/reference/settings.md, made of what the settings say: `python -m tests.docs.settings_page` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from twofold.settings import FILE, PREFIX, Settings
from twofold.settings_limits import LimitSettings
from twofold.settings_sms import SmsSettings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "settings.md"
_HEAD = f"""# Settings

Everything an operator sets is an environment variable, read once at the start. Each may be given as
`{PREFIX}…{FILE}` instead: the path of a file that holds the value, as container secrets do. An empty variable counts as
not set; a variable and its file at once are refused, and so is every value that cannot be.
`./run doctor` names variables that mean nothing.

Options of `./run` stand over the environment: `--data`, `--port`, `--public`, `--setup-from`.
How mail and texts are sent can be set in Admin Center, too; the environment stands over it.

| variable | default | what it sets |
| --- | --- | --- |
"""
_FOOT = """
This page is made of the settings in `src/twofold/settings.py`, `settings_limits.py` and `settings_sms.py`; a test keeps
them together.
"""


def rendered() -> str:
    """Return the page."""
    rows = "".join(
        f"| `{PREFIX}{name.upper()}` | {_default(field)} | {_text(field)} |\n"
        for name, field in sorted(Settings.model_fields.items(), key=_part)
    )
    return _HEAD + rows + _FOOT


def _part(one: tuple[str, FieldInfo]) -> int:
    """Return in which part of the table a field stands: the server, what is limited, texts."""
    if one[0] in LimitSettings.model_fields:
        return 1
    return 2 if one[0] in SmsSettings.model_fields else 0


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return ""
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return f"`{value}`" if value not in {"", ()} else ""


def _text(field: FieldInfo) -> str:
    assert field.description
    return field.description.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(rendered(), encoding="utf-8")
