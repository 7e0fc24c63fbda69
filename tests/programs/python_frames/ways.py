"""Makes sockets in every way that gives a stack another shape, and keeps them."""
import asyncio
import concurrent.futures
import contextlib
import functools
import os
import queue
import socket
import threading
import weakref

kept = []


def make():
    kept.append(socket.socket())


def deep(n):
    if n:
        return deep(n - 1)
    make()


def generator():
    yield socket.socket()
    yield from inner_generator()


def inner_generator():
    yield socket.socket()


@contextlib.contextmanager
def manager():
    make()
    yield
    make()


async def task():
    make()
    await asyncio.sleep(0)
    make()


async def fetch(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    kept.append(writer)


async def loop():
    server = await asyncio.start_server(lambda r, w: kept.append(w), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.gather(task(), asyncio.create_task(task()), fetch(port), fetch(port))
    await task()
    async with asyncio.timeout(60):
        await fetch(port)
    await asyncio.get_running_loop().run_in_executor(None, make)
    async for _ in asynchronous():
        make()


async def asynchronous():
    make()
    yield 1
    await asyncio.sleep(0)
    make()
    yield 2


class Descriptor:
    def __get__(self, instance, owner):
        make()

    def __del__(self):
        make()


class Holder:
    value = Descriptor()

    def __iter__(self):
        make()
        return iter(())

    def __add__(self, other):
        make()
        return self

    def __init_subclass__(cls):
        make()


class Client:
    def __init__(self):
        self.socket = socket.socket()


def generated(lines):
    source = "\n" * lines + "def made():\n    kept.append(socket.socket())\nmade()\n"
    exec(compile(source, "<generated>", "exec"), {"kept": kept, "socket": socket})


# Once it is gone, other code comes to lie where it lay.
def generated_one_after_the_other(n):
    source = "\n" * (n % 7) + f"def made{n % 50}():\n    kept.append(socket.socket())\nmade{n % 50}()\n"
    exec(compile(source, f"file{n % 100:02}.py", "exec"), {"kept": kept, "socket": socket})


def decorated(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


@decorated
def long_line():
    return [
        socket.socket()
        for _ in range(2)
        if _ >= 0
    ]


def пример_имени():
    make()


def run():
    for n in (0, 1, 5, 20, 40, 200):
        deep(n)
    kept.extend(generator())
    with manager():
        make()
    list(map(lambda _: make(), range(3)))
    sorted([2, 1], key=lambda _: make() or 1)
    functools.partial(deep, 2)()
    functools.lru_cache(lambda n: make())(1)
    Holder().value
    list(Holder())
    Holder() + 1
    type("Sub", (Holder,), {})
    kept.extend([Client() for _ in range(10)])
    Descriptor()
    weakref.finalize(Descriptor(), make)
    for lines in (0, 1, 0, 2, 300, 1):
        generated(lines)
    for n in range(200):
        generated_one_after_the_other(n)
    kept.append(long_line())
    пример_имени()
    try:
        raise OSError
    except OSError:
        make()
    finally:
        make()
    threads = [threading.Thread(target=deep, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(deep, range(4)))
    asyncio.run(loop())
    for _ in range(300):
        make()


run()
