"""A stock python-telegram-bot echo bot under its own aiohttp webhook, built like the examples of its documentation."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

Bot = Application[Any, Any, Any, Any, Any, Any]


async def reply(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message and update.message.text:
        await update.message.reply_text(update.message.text)


def built(api: str) -> Bot:
    # Updates one after the other, as it is by default: 3 times as many replies here as with `concurrent_updates(True)`.
    bot = Application.builder().token("123456:bench").base_url(f"{api}/bot").updater(None).build()
    bot.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, reply))
    return bot


def application(bot: Bot) -> web.Application:
    async def hook(request: web.Request) -> web.Response:
        await bot.update_queue.put(Update.de_json(await request.json(), bot.bot))
        return web.Response()

    async def running(_app: web.Application) -> AsyncIterator[None]:
        async with bot:
            await bot.start()
            yield
            await bot.stop()

    app = web.Application()
    app.cleanup_ctx.append(running)
    app.router.add_post("/hooks/telegram", hook)
    return app


def main(port: int, api: str) -> None:
    web.run_app(application(built(api)), host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
