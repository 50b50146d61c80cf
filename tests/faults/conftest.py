"""Fixtures of the fault tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram import Telegram
from services.app import App
from tests.faults.instance import Instance, opened


@pytest.fixture
async def instance(app: App, telegram: Telegram) -> AsyncIterator[Instance]:
    """A Sapa in this process, registered at `fake`."""
    async with opened(app, telegram) as running:
        yield running
