"""A look at the account at Meta: is everything set up that Sapa needs? And its templates, ours beside theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.whatsapp_client import Graph
from bot.channels.whatsapp_errors import GraphError, NotSentError, UnsureError, problem
from knowledge.templates import Template

Json = dict[str, Any]
APPROVED = "APPROVED"
CallError = (GraphError, NotSentError, UnsureError)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` tells what to do where it is not good."""

    what: str
    good: bool
    detail: str = ""
    remedy: str = ""


class AccountCheck:
    """`account_id`: the WhatsApp Business Account; "" where it was not set."""

    def __init__(self, graph: Graph, number_id: str, account_id: str) -> None:
        self._graph, self._number_id, self._account_id = graph, number_id, account_id

    async def all(self, templates: Sequence[Template]) -> list[Finding]:
        """Token and number first: without them nothing else can be asked."""
        number = await self._number()
        if not number.good or not self._account_id:
            missing = Finding("account", False, "SAPA_WHATSAPP_ACCOUNT_ID is not set", "find it in WhatsApp Manager")
            return [number] if not number.good else [number, missing]
        return [number, await self._subscription(), *await self.templates(templates)]

    async def _number(self) -> Finding:
        try:
            found = await self._graph.get(self._number_id, fields="display_phone_number,verified_name,quality_rating")
        except CallError as error:
            remedy = "SAPA_WHATSAPP_TOKEN and SAPA_WHATSAPP_PHONE_NUMBER_ID, and the rights of the system user"
            return Finding("token and number", False, problem(error).reason, remedy)
        shown = (found.get(name, "?") for name in ("display_phone_number", "verified_name", "quality_rating"))
        return Finding("token and number", True, ", ".join(str(one) for one in shown))

    async def _subscription(self) -> Finding:
        try:
            found = await self._graph.get(f"{self._account_id}/subscribed_apps")
        except CallError as error:
            return Finding("webhook subscription", False, problem(error).reason, "the right whatsapp_business_management")
        apps = found.get("data") or []
        remedy = f"POST /{self._account_id}/subscribed_apps, or the webhook page of the app; field: messages"
        return Finding("webhook subscription", bool(apps), f"{len(apps)} app(s)", remedy)

    async def templates(self, ours: Sequence[Template]) -> list[Finding]:
        """Each of ours beside what the account has."""
        try:
            fields = "name,language,status,category,components"
            theirs = (await self._graph.get(f"{self._account_id}/message_templates", fields=fields, limit="200")).get("data", [])
        except CallError as error:
            return [Finding("templates", False, problem(error).reason, "the right whatsapp_business_management")]
        return [_compared(one, theirs) for one in ours] or [
            Finding("templates", False, "none", "write whatsapp.toml of the region")
        ]

    async def submit(self, template: Template) -> str:
        """Hand a template in for approval; returns its state at Meta. Raises what the client raises."""
        answer = await self._graph.post(f"{self._account_id}/message_templates", submission(template))
        return str(answer.get("status", "?"))


def submission(template: Template) -> Json:
    """A template in the form in which Meta takes it."""
    body: Json = {"type": "BODY", "text": template.body}
    if template.example:
        body["example"] = {"body_text": [list(template.example)]}
    buttons = [{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": template.button}]}] if template.button else []
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "components": [body, *buttons],
    }


def _compared(ours: Template, theirs: Sequence[Json]) -> Finding:
    """Whether the account has the template, approved, with the words that we think it has."""
    what = f"template {ours.name} ({ours.language})"
    found = next((one for one in theirs if (one.get("name"), one.get("language")) == (ours.name, ours.language)), None)
    if found is None:
        return Finding(what, False, "not in the account", "python -m bot whatsapp templates --submit")
    if found.get("status") != APPROVED:
        return Finding(what, False, str(found.get("status")), "wait for Meta, or see in WhatsApp Manager why it was refused")
    bodies = [part.get("text") for part in found.get("components", []) if part.get("type") == "BODY"]
    if bodies != [ours.body] or found.get("category") != ours.category:
        return Finding(what, False, "differs from ours", "the same words in both places, or another name")
    return Finding(what, True, APPROVED)
