"""500 tasks that each make a session, and none that closes it: aiohttp warns of it with
500 addresses. Run it under sessguard."""

import asyncio
import resource

import aiohttp
from aiohttp import web


def session_factory():
    """A session is made when it is first asked for; every task has a factory of its own."""
    session = None

    def get():
        nonlocal session
        if session is None:
            session = aiohttp.ClientSession()
        return session

    return get


async def fetch(url):
    get_session = session_factory()
    async with get_session().get(url) as response:
        return await response.text()


async def hello(_request):
    return web.Response(text="hello")


async def main():
    # Client and server in one process: 500 connections are 1,000 sockets.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    pages = await asyncio.gather(*(fetch(url) for _ in range(500)))
    print(len(pages), "pages fetched")
    await runner.cleanup()


asyncio.run(main())
