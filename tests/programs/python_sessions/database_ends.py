"""Ends with connections to PostgreSQL that the interpreter does not free.

    database_ends.py loop_closed     asyncio's loop is closed
    database_ends.py loop_open       it is not, and does not run
    database_ends.py thread          psycopg2's connection is in a thread that goes on
    database_ends.py loop_in_thread  and so is the loop
"""
import asyncio
import ctypes
import sys
import threading

import asyncpg
import psycopg2

kept = []
forever = threading.Event()


def connect_psycopg2(ready):
    connection = psycopg2.connect("")  # opened here
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    ready.set()
    if threading.current_thread() is threading.main_thread():
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        return
    forever.wait()
    print(connection)


async def connect_asyncpg():
    connection = await asyncpg.connect()  # opened here
    await connection.execute("select 1")
    kept.append(connection)


def open_loop():
    return asyncio.new_event_loop()


connected = threading.Event()
if "thread" in sys.argv[1]:
    threading.Thread(target=connect_psycopg2, args=(connected,), daemon=True).start()
else:
    connect_psycopg2(connected)
connected.wait()
if sys.argv[1] in ("thread", "loop_closed"):
    asyncio.run(connect_asyncpg())
elif sys.argv[1] == "loop_open":
    open_loop().run_until_complete(connect_asyncpg())
else:
    loop = open_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(connect_asyncpg(), loop).result()
print(len(kept))
