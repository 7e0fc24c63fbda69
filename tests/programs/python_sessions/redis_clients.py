"""redis-py's clients, the plain and the asynchronous one: kept, dropped, closed."""
import asyncio
import gc
import os

import redis
import redis.asyncio

path = os.environ["TEST_REDIS"]
kept = []


def keep():
    client = redis.Redis(unix_socket_path=path)  # opened here
    client.set("key", "value")
    kept.append(client)


def keep_from_url():
    client = redis.from_url("unix://" + path)  # opened here
    client.get("key")
    kept.append(client)


def drop():
    client = redis.Redis(unix_socket_path=path)  # opened here
    client.get("key")


def close():
    # close() gives back to the pool what the client has; the pool's connections are the pool's to close.
    client = redis.Redis(unix_socket_path=path)
    client.get("key")
    client.close()
    client.connection_pool.disconnect()
    with redis.Redis(unix_socket_path=path, single_connection_client=True) as client:
        client.get("key")
        client.connection_pool.disconnect()
    # A client holds nothing that never connected, whose pool is disconnected, or goes on in another's hands.
    kept.append(redis.Redis(unix_socket_path=path))
    redis.Redis(unix_socket_path=path)
    pool = redis.ConnectionPool(connection_class=redis.UnixDomainSocketConnection, path=path)
    for _ in range(3):
        redis.Redis(connection_pool=pool).get("key")
    kept.append(redis.Redis(connection_pool=pool))
    kept[-1].get("key")
    pool.disconnect()
    # What a pipeline connects is its client's.
    client = redis.Redis(unix_socket_path=path)
    client.pipeline().get("key").execute()
    client.close()
    kept.append(client)


def keep_pipeline():
    client = redis.Redis(unix_socket_path=path)  # opened here
    client.pipeline().get("key").execute()
    kept.append(client)


async def keep_async():
    client = redis.asyncio.Redis(unix_socket_path=path)  # opened here
    await client.set("key", "value")
    kept.append(client)


async def drop_async():
    client = redis.asyncio.Redis(unix_socket_path=path)  # opened here
    await client.get("key")


async def close_async():
    async with redis.asyncio.Redis(unix_socket_path=path) as client:
        await client.get("key")
    client = redis.asyncio.from_url("unix://" + path)
    await client.get("key")
    await client.close()
    await client.connection_pool.disconnect()


async def main():
    for _ in range(2):
        for function in keep_async, drop_async, close_async:
            await function()
    gc.collect()
    # What the pool's connections do once they are collected.
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


for _ in range(2):
    for function in keep, keep_from_url, keep_pipeline, drop, close:
        function()
asyncio.run(main())
gc.collect()
print(len(kept))
