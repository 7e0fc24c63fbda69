"""Ends with two sessions of aiohttp open, in the ways that there are.

    aiohttp_ends.py WAY
"""
import atexit
import os
import sys


def use_at_exit():
    print("at exit:", loop.run_until_complete(get(kept[0])))


def close_at_exit():
    for session in kept:
        loop.run_until_complete(session.close())
    loop.close()


way = sys.argv[1]
# What was registered first runs last, when nobody may have closed the sessions yet.
if way == "own_atexit":
    atexit.register(use_at_exit)
if way == "closed_atexit":
    atexit.register(close_at_exit)

import asyncio
import threading

import aiohttp

kept = []


async def get(session):
    async with session.get(f"http://{os.environ['TEST_HTTP']}/") as answer:
        return await answer.text()


async def open_session():
    session = aiohttp.ClientSession()  # opened here
    kept.append(session)
    return await get(session)


async def main():
    for _ in range(2):
        print(await open_session())
    if way == "closed":
        for session in kept:
            await session.close()


def new_loop():
    return asyncio.new_event_loop()


if way in ("loop_open", "own_atexit", "closed_atexit"):
    loop = new_loop()
    loop.run_until_complete(main())
elif way == "loop_in_thread":
    loop = new_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(main(), loop).result()
elif way == "uvloop":
    import uvloop

    uvloop.install()
    asyncio.run(main())
else:
    asyncio.run(main())

if way == "sys_exit":
    sys.exit(3)
elif way == "exception":
    raise ValueError("the program's own")
elif way == "thread_exit":
    thread = threading.Thread(target=sys.exit, args=(4,))
    thread.start()
    thread.join()
