"""Statuses of the pages of Admin Center."""

from __future__ import annotations

from typing import Final

OK: Final = 200
UNFIT: Final = 422
"""A form that is shown again with what is wrong in it."""
