"""A world without database, Django and network, and somebody in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes import world

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.ports.people import Subscriber


@pytest.fixture
def here() -> World:
    """Return a world of the test's own."""
    return world()


@pytest.fixture
def ana(here: World) -> Subscriber:
    """Return an agent with a password."""
    return here.add_person()
