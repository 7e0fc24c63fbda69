"""aiohttp's sessions: dropped, kept, closed in each way that closes, and in one that does not."""
import asyncio
import gc
import os

import aiohttp

url = "http://" + os.environ["TEST_HTTP"] + "/"
kept = []


async def get(session):
    async with session.get(url) as answer:
        assert await answer.text() == "ok"


async def dropped():
    session = aiohttp.ClientSession()  # opened here
    await get(session)


async def unused():
    aiohttp.ClientSession()  # opened here


async def keep():
    session = aiohttp.ClientSession()  # opened here
    await get(session)
    kept.append(session)


async def never_awaited():
    session = aiohttp.ClientSession()  # opened here
    await get(session)
    session.close()


async def two_requests():
    session = aiohttp.ClientSession()  # opened here
    await asyncio.gather(*[session.get(url[:-1] + "/together/2") for _ in range(2)])
    kept.append(session)


async def lends():
    connector = aiohttp.TCPConnector()  # opened here
    async with aiohttp.ClientSession(connector=connector, connector_owner=False) as session:
        await get(session)
    kept.append(connector)


async def closed():
    async with aiohttp.ClientSession() as session:
        await get(session)
    session = aiohttp.ClientSession()
    await get(session)
    await session.close()
    await session.close()
    # A session whose connector is closed is closed.
    session = aiohttp.ClientSession()
    await get(session)
    await session.connector.close()
    # One that gave its connector away has nothing to close; nor has one that never had its own.
    connector = aiohttp.TCPConnector()
    session = aiohttp.ClientSession(connector=connector)
    await get(session)
    session.detach()
    lent = aiohttp.ClientSession(connector=connector, connector_owner=False)
    await get(lent)
    await lent.close()
    await connector.close()
    # A close that is awaited later, and in another task.
    session = aiohttp.ClientSession()
    await asyncio.create_task(session.close())
    try:
        async with aiohttp.ClientSession() as session:
            await session.get("http://127.0.0.1:1/")
    except aiohttp.ClientError as error:
        print(type(error).__name__)
    async with aiohttp.request("GET", url) as answer:
        print(await answer.text())


async def main():
    for _ in range(3):
        for function in dropped, unused, keep, never_awaited, closed:
            await function()
    await two_requests()
    await lends()


asyncio.run(main())
gc.collect()
print(len(kept), kept[0].closed)
