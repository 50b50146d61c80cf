"""The bare aiohttp JSON echo: what one Python process can take at best without keeping anything."""

from __future__ import annotations

import sys

from aiohttp import web


async def echo(request: web.Request) -> web.Response:
    return web.json_response(await request.json())


def main(port: int) -> None:
    app = web.Application()
    app.router.add_post("/hooks/telegram", echo)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
