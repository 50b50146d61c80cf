"""`whatsapp check` and `whatsapp templates`: is all set up at Meta?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated

import aiohttp
import typer

from bot.build import graph
from bot.channels.whatsapp import signature
from bot.channels.whatsapp_account import AccountCheck, Finding, submission
from bot.channels.whatsapp_errors import GraphError, NotSentError, UnsureError
from bot.config import Settings
from knowledge.templates import Template, load_templates

app = typer.Typer(no_args_is_help=True, help="The WhatsApp account at Meta.")
DOOR_SECONDS = 10.0
Look = Callable[[AccountCheck], Awaitable[list[Finding]]]


@app.command()
def check() -> None:
    """Token, number, webhook subscription, templates, and our own door; exit code 1 when something is missing."""
    settings = _ready(Settings())
    found = asyncio.run(_looked(settings, lambda account: account.all(load_templates(settings.region_dir))))
    found += asyncio.run(_door(settings))
    _tell(found)


@app.command()
def templates(
    submit: Annotated[bool, typer.Option("--submit", help="Hand in those that the account does not have")] = False,
) -> None:
    """Print the templates as Meta takes them, and compare them with the account, where one is set."""
    settings = Settings()
    ours = load_templates(settings.region_dir)
    for one in ours:
        typer.echo(json.dumps(submission(one), ensure_ascii=False, indent=2))
    if not settings.whatsapp_token.get_secret_value():
        typer.echo("No account is set, so nothing was compared.")
        return
    if submit:
        asyncio.run(_submit(_ready(settings), ours))
    _tell(asyncio.run(_looked(_ready(settings), lambda account: account.templates(ours))))


def _ready(settings: Settings) -> Settings:
    if not settings.whatsapp_token.get_secret_value():
        typer.echo("SAPA_WHATSAPP_TOKEN is not set; docs/running.md tells how to come by one.")
        raise typer.Exit(1)
    return settings


async def _looked(settings: Settings, look: Look) -> list[Finding]:
    client = graph(settings)
    try:
        return await look(AccountCheck(client, settings.whatsapp_phone_number_id, settings.whatsapp_account_id))
    finally:
        await client.close()


async def _submit(settings: Settings, ours: tuple[Template, ...]) -> None:
    client = graph(settings)
    account = AccountCheck(client, settings.whatsapp_phone_number_id, settings.whatsapp_account_id)
    try:
        missing = [finding.what for finding in await account.templates(ours) if finding.detail == "not in the account"]
        for one in ours:
            if f"template {one.name} ({one.language})" in missing:
                typer.echo(f"{one.name}: {await account.submit(one)}")
    except (GraphError, NotSentError, UnsureError) as error:
        typer.echo(f"Meta did not take it: {error}")
    finally:
        await client.close()


async def _door(settings: Settings) -> list[Finding]:
    """Our own door from outside: the verify token is known, and a body signed with our secret is taken."""
    if not settings.public_url:
        return [Finding("our door", False, "SAPA_PUBLIC_URL is not set", "the https address that Meta calls")]
    url, token = f"{settings.public_url}/hooks/whatsapp", settings.whatsapp_verify_token.get_secret_value()
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    signed = {"X-Hub-Signature-256": signature(settings.whatsapp_app_secret.get_secret_value(), body)}
    try:
        timeout = aiohttp.ClientTimeout(total=DOOR_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            async with client.get(url, params=query) as answer:
                echoed = answer.status == 200 and await answer.text() == "1158201444"
            async with client.post(url, data=body, headers=signed) as answer:
                taken = answer.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return [Finding("our door", False, type(error).__name__, f"is {url} reachable, with a certificate, and `serve` running?")]
    return [
        Finding("our door: verify token", echoed, "", "the same SAPA_WHATSAPP_VERIFY_TOKEN in all processes"),
        Finding("our door: app secret", taken, "", "the same SAPA_WHATSAPP_APP_SECRET in all processes"),
    ]


def _tell(found: list[Finding]) -> None:
    """One line each; exit code 1 when anything is missing."""
    for one in found:
        detail = f": {one.detail}" if one.detail else ""
        typer.echo(
            f"{'ok ' if one.good else '!! '} {one.what}{detail}{'' if one.good or not one.remedy else f'  ->  {one.remedy}'}"
        )
    if not all(one.good for one in found):
        raise typer.Exit(1)
