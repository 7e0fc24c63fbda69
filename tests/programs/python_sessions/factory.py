"""A factory that makes its session when one is wanted, and a task for each of 500 requests.

Each task has a factory of its own, so there are 500 sessions where one would do. Nobody closes them.
No more than 20 tasks are at work at a time, and the server sees to it that no fewer are.
"""
import asyncio
import gc
import os

import aiohttp

url = "http://" + os.environ["TEST_HTTP"] + "/together/20"


def make_client():
    session = None

    async def get():
        nonlocal session
        if session is None:
            session = aiohttp.ClientSession()  # opened here
        async with session.get(url) as answer:
            return await answer.text()

    return get


async def task(turns):
    async with turns:
        return await make_client()()


async def main():
    turns = asyncio.Semaphore(20)
    answers = await asyncio.gather(*[task(turns) for _ in range(500)])
    print(len(answers), set(answers))


asyncio.run(main())
# What is in a cycle goes now, and not at the interpreter's end.
gc.collect()
