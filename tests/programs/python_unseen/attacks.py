"""Programs that reach into what watches them: each has crashed it, or was changed by it, once."""
import asyncio
import builtins
import gc
import importlib.util
import os
import signal
import socket
import sys
import tempfile
import weakref

url = "http://" + os.environ["TEST_HTTP"] + "/"
kept = []


def closes_others():
    """Closing one session ends hundreds of others."""
    import requests

    class Session(requests.Session):
        def close(self):
            super().close()
            self.others.clear()

    class Adapter(requests.adapters.HTTPAdapter):
        def close(self):
            super().close()
            self.others.clear()

    for one in (Session(), requests.Session()):
        one.others = [requests.Session() for _ in range(300)]
        adapter = Adapter()
        adapter.others = one.others
        one.mount("http://", adapter)
        kept.append(one)


def collects_in_fileno():
    """The sockets of one session are looked for while the garbage collector ends another."""
    import aiohttp

    class Socket(socket.socket):
        def fileno(self):
            gc.collect()
            return super().fileno()

    async def main():
        for is_kept in [True] * 20 + [False] * 20:
            session = aiohttp.ClientSession()
            async with session.get(url) as answer:
                await answer.read()
            if is_kept:
                session.extra = [Socket(), [[[] for _ in range(100)]]]
                kept.append(session)
            else:
                session.me = session

    gc.disable()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    kept.append(loop)


def asks_what_was_cleared():
    """Garbage that is asked for its name while it is collected."""
    import http.client

    class Late:
        def __del__(self):
            function = self.reference()
            if function is not None:
                print("alive", function.__name__)

    class Early:
        def __del__(self):
            self.late = Late()
            self.late.reference = weakref.ref(self.function)

    gc.disable()
    for _ in range(5):
        spec = importlib.util.spec_from_file_location("again", http.client.__file__)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        early = Early()
        early.function = module.HTTPConnection.__dict__["connect"]
        early.me = early
        early.ring = [early.function]
        early.ring.append(early.ring)
        early.kind = module.HTTPConnection
        del module, early
        gc.collect()


def two_builders():
    """A module of a watched name lacks the class, and somebody else makes classes, too."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(folder + "/package/http")
        for name in ("package/__init__.py", "package/http/__init__.py", "package/http/client.py"):
            with open(os.path.join(folder, name), "w") as source:
                source.write("X = 1\n")
        sys.path.insert(0, folder)
        import package.http.client  # noqa: F401
    own = builtins.__build_class__
    builtins.__build_class__ = lambda *arguments, **keywords: own(*arguments, **keywords)
    import http.client

    print(type("A", (), {}).__name__, http.client.HTTPConnection.__name__)


def calls_the_callback():
    """The callback of a coroutine's weak reference is called by the program."""
    import aiohttp

    async def main():
        session = aiohttp.ClientSession()
        coroutine = session._request("GET", url)
        for reference in weakref.getweakrefs(coroutine):
            for _ in range(3):
                if reference.__callback__:
                    reference.__callback__(reference)
        coroutine.close()
        await session.close()

    asyncio.run(main())


def uses_an_address_again():
    """So many sessions at so few addresses."""
    import aiohttp

    async def main():
        for _ in range(3000):
            aiohttp.ClientSession()  # opened here

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.close()


def leaves_tasks():
    """A loop that stands still has tasks that would go on if it ran."""
    import aiohttp

    async def ticks():
        while True:
            await asyncio.sleep(0)
            print("tick")

    async def main():
        kept.append(aiohttp.ClientSession())
        kept.append(asyncio.ensure_future(ticks()))

    kept.append(asyncio.new_event_loop())
    kept[0].run_until_complete(main())
    print("end")


def is_interrupted():
    """Ctrl-C: Python ends in good order, and then by the signal."""
    import aiohttp

    async def main():
        aiohttp.ClientSession()  # opened here
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)

    asyncio.run(main())


globals()[sys.argv[1]]()
print(sys.argv[1])
