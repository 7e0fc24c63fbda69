"""httpx's clients, the plain and the asynchronous one: kept, dropped, closed."""
import asyncio
import gc
import os

import httpx

url = "http://" + os.environ["TEST_HTTP"] + "/"
kept = []


def keep():
    client = httpx.Client()  # opened here
    client.get(url)
    kept.append(client)


def drop():
    client = httpx.Client()  # opened here
    client.get(url)


def close():
    with httpx.Client() as client:
        client.get(url)
    client = httpx.Client()
    client.get(url)
    client.close()
    httpx.get(url)
    with httpx.Client().stream("GET", url) as answer:  # opened here
        answer.read()


async def keep_async():
    client = httpx.AsyncClient()  # opened here
    await client.get(url)
    kept.append(client)


async def drop_async():
    client = httpx.AsyncClient()  # opened here
    await client.get(url)


async def close_async():
    async with httpx.AsyncClient() as client:
        await client.get(url)
    client = httpx.AsyncClient()
    await client.get(url)
    await client.aclose()


async def main():
    await keep_async()
    await drop_async()
    await close_async()
    gc.collect()


for _ in range(2):
    keep()
    drop()
close()
asyncio.run(main())
gc.collect()
print([client.is_closed for client in kept])
