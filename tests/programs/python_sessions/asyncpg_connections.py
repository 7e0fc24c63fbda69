"""asyncpg's connections: kept, dropped, closed, those of pools."""
import asyncio
import gc

import asyncpg

kept = []


async def keep():
    connection = await asyncpg.connect()  # opened here
    assert await connection.fetchval("select 40 + 2") == 42
    kept.append(connection)


async def drop():
    connection = await asyncpg.connect()  # opened here
    assert await connection.fetchval("select 40 + 2") == 42


async def close():
    connection = await asyncpg.connect()
    assert await connection.fetchval("select 40 + 2") == 42
    await connection.close()
    connection = await asyncpg.connect()
    connection.terminate()
    async with asyncpg.create_pool(min_size=2, max_size=2) as pool:
        assert await pool.fetchval("select 40 + 2") == 42
    pool = await asyncpg.create_pool(min_size=2, max_size=2)
    async with pool.acquire() as connection:
        await connection.execute("select 1")
    await pool.close()
    try:
        await asyncpg.connect(database="absent")
    except asyncpg.InvalidCatalogNameError:
        print("there is no such database")


async def main():
    for _ in range(2):
        for function in keep, drop, close:
            await function()
    gc.collect()


asyncio.run(main())
print([connection.is_closed() for connection in kept])
