"""Tells the editor, once a day for each, which articles are past their date and which should be looked at."""

from __future__ import annotations

from datetime import date

import structlog

from bot.metrics import alarm
from services.app import App

log = structlog.get_logger()


def expired(app: App) -> list[str]:
    """The articles that nobody gets as an answer today, by id."""
    today = app.today()
    return [article.id for article in app.knowledge.articles.values() if article.expired(today)]


class Freshness:
    """What one process has told of today."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._told: set[tuple[date, str]] = set()

    async def remind(self) -> None:
        """May be called at any time: an article is told of again only on another day."""
        today = self._app.today()
        self._told = {told for told in self._told if told[0] == today}
        for identifier in self._news(today, expired(self._app)):
            alarm("article_expired", article=identifier)
        due = [article.id for article in self._app.knowledge.articles.values() if article.review_due(today)]
        for identifier in self._news(today, due):
            log.info("article_review_due", article=identifier)

    def _news(self, today: date, found: list[str]) -> list[str]:
        new = [identifier for identifier in found if (today, identifier) not in self._told]
        self._told.update((today, identifier) for identifier in new)
        return new
