"""Uses the watched classes in the odd ways that programs have, and prints what comes of it."""
import asyncio
import copy
import functools
import gc
import http.client
import inspect
import os
import pickle
import sys
import traceback
import types
import unittest.mock
import warnings
import weakref

import aiohttp
import asyncpg
import httpx
import psycopg2
import redis
import requests
import requests.adapters
import urllib3
from classes import watched

address = os.environ["TEST_HTTP"]
url = "http://" + address + "/"
sections = []


def section(function):
    sections.append(function)
    return function


def tell(*facts):
    print(sections[0].__name__, *facts)


def names(error):
    return [(frame.filename.rpartition("/")[2], frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__)]


def stack():
    frames, frame = [], sys._getframe(1)
    while frame:
        frames.append((frame.f_code.co_filename.rpartition("/")[2], frame.f_code.co_qualname, frame.f_lineno))
        frame = frame.f_back
    return frames


async def fetch(session, path=""):
    async with session.get(url + path) as answer:
        return await answer.text()


@section
def wrong_arguments():
    for name, cls in watched.items():
        for arguments, more in ((range(40), {}), ((), {"no_such_argument": 1})):
            try:
                made = cls(*arguments, **more)
                tell(name, "made", type(made).__name__)
            except BaseException as error:
                tell(name, type(error).__name__, error, names(error))
        for method in ("close", "__init__", "request"):
            try:
                getattr(cls, method)()
            except BaseException as error:
                tell(name, method, type(error).__name__, error, names(error))
    for function, argument in ((psycopg2.connect, "nonsense=1"), (redis.from_url, "nonsense://"), (httpx.get, "nonsense"),
                               (requests.get, "nonsense"), (asyncpg.connect, "postgres://")):
        try:
            made = function(argument, no_such_argument=1)
            asyncio.run(made)
        except BaseException as error:
            tell(function.__name__, type(error).__name__, error, names(error))


@section
def no_loop():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            session = aiohttp.ClientSession()
            asyncio.get_event_loop_policy().get_event_loop().run_until_complete(session.close())
        except RuntimeError as error:
            tell(error, names(error))
    tell([(str(entry.message), entry.category.__name__, entry.filename, entry.lineno) for entry in caught])


@section
def where_warnings_point():
    async def main():
        session = aiohttp.ClientSession(read_timeout=5)
        session.of_mine = 1
        tell(session.loop is asyncio.get_running_loop())
        session.requote_redirect_url = True
        try:
            with session:
                pass
        except TypeError as error:
            tell(error, names(error))

        class Derived(aiohttp.ClientSession):
            pass

        await Derived().close()
        session.close()
        await session.close()
        aiohttp.TCPConnector(limit=3)._close()
        gc.collect()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(main())
        if urllib3.__version__ < "2":
            urllib3.Retry(method_whitelist=["GET"])
        requests.Session().close()
    for entry in caught:
        tell(str(entry.message).split(" at 0x")[0], entry.category.__name__, entry.filename, entry.lineno)


@section
def subclasses():
    made = []

    class Calls(requests.Session):
        def __init_subclass__(cls, **more):
            super().__init_subclass__()
            made.append((cls.__name__, more))

        def __init__(self, word):
            super().__init__()
            self.word = word

    class ByName(Calls, word="argument"):
        def __init__(self):
            requests.Session.__init__(self)
            requests.Session.__init__(self)

        def close(self):
            made.append("closes")
            requests.Session.close(self)

    class Never(requests.Session):
        def __init__(self):
            pass

    class New(http.client.HTTPConnection):
        def __new__(cls, *arguments):
            made.append(arguments)
            return super().__new__(cls)

    class Meta(type):
        def __call__(cls, *arguments, **more):
            made.append("meta")
            return super().__call__(*arguments, **more)

    class WithMeta(urllib3.PoolManager, metaclass=Meta):
        __slots__ = ("slot",)

    class Failing(httpx.Client):
        def __init__(self):
            super().__init__()
            raise ValueError("of mine")

    class Both(requests.Session, http.client.HTTPConnection):
        def __init__(self):
            requests.Session.__init__(self)
            http.client.HTTPConnection.__init__(self, address)

    tell(Calls("word").word, ByName().get(url).text, list(vars(ByName())), type(Never()).__mro__)
    with ByName() as session:
        tell(session.get(url).status_code)
    Never().__dict__.clear()
    try:
        Never().close()
    except AttributeError as error:
        tell(error, names(error))
    connection = New(address)
    connection.request("GET", "/")
    tell(connection.getresponse().read(), made)
    connection.close()
    tell(WithMeta(3).request("GET", url).data, made)
    try:
        Failing()
    except ValueError as error:
        tell(error, names(error))
    both = Both()
    tell(both.get(url).text, inspect.signature(Both), both.close.__qualname__)
    both.close()
    Dynamic = type("Dynamic", (redis.Redis,), {"extra": 1})
    tell(Dynamic().extra, Dynamic.__init__ is redis.Redis.__init__, inspect.signature(Dynamic) == inspect.signature(redis.Redis))
    bare = requests.Session.__new__(requests.Session)
    tell(vars(bare), bare.__reduce_ex__(2)[0].__name__)
    bare.__init__()
    tell(bare.get(url).text)
    bare.__class__ = Calls
    tell(type(bare).__name__, bare.get(url).text)
    bare.close()


@section
def mocks():
    with unittest.mock.patch.object(requests.Session, "request", return_value="mine") as mock:
        tell(requests.Session().get(url), mock.call_args)
    with unittest.mock.patch.object(requests.Session, "close", autospec=True) as mock:
        with requests.Session() as session:
            pass
        tell(mock.call_count, mock.call_args.args[0] is session)
    with unittest.mock.patch.object(aiohttp.ClientSession, "_request", new_callable=unittest.mock.AsyncMock):
        async def ask():
            async with aiohttp.ClientSession() as session:
                return type(await session.get(url)).__name__
        tell(asyncio.run(ask()))
    with unittest.mock.patch("requests.Session") as mock:
        requests.Session().get(1)
        tell(mock.mock_calls)
    tell(requests.get(url).text)
    for name, cls in watched.items():
        spec = unittest.mock.create_autospec(cls)
        for method in ("close", "request", "__init__", "disconnect", "aclose"):
            if hasattr(cls, method) and method != "__init__":
                # (What mock makes of type(function), as the __class__ of its mocks, differs.)
                tell(name, method, type(getattr(spec, method)).__name__)
    try:
        unittest.mock.create_autospec(requests.Session.request)(1)
    except TypeError as error:
        tell(error)
    tell(isinstance(unittest.mock.Mock(spec=requests.Session), requests.Session))
    tell(type(unittest.mock.Mock(wraps=requests.Session())).__name__)


@section
def methods():
    session = requests.Session()
    plain = requests.Session.close
    bound = plain.__get__(session, requests.Session)
    tell(bound == session.close, bound.__func__ is plain, session.close.__self__ is session, hash(bound) == hash(session.close))
    tell(types.MethodType(plain, session) == bound, plain.__get__(None, requests.Session) is plain, bound.__name__)
    weak = weakref.WeakMethod(session.close)
    tell(weak() == session.close, weak().__qualname__)
    ends = []
    weakref.finalize(session, ends.append, "ended")
    # (Each session that is watched has one weak reference more.)
    tell(list(vars(session)))

    @functools.wraps(requests.Session.close)
    def wrapper(self):
        ends.append("wrapped")
        return requests.Session.close(self)

    tell(wrapper.__name__, inspect.signature(wrapper), inspect.unwrap(wrapper) is plain, functools.partial(plain, session)())
    wrapper(session)

    class Partial:
        close = functools.partialmethod(requests.Session.close)
        cached = functools.cached_property(requests.Session.__enter__)
        adapters = {}

    Partial().close()
    tell(type(Partial().cached).__name__)
    tell(requests.Session.close(types.SimpleNamespace(adapters={})))
    reference = weakref.ref(session)
    del session, bound
    gc.collect()
    tell(reference(), weak(), ends)
    for method in (requests.Session.close, aiohttp.ClientSession.close, httpx.Client.send, http.client.HTTPConnection.connect):
        tell(pickle.loads(pickle.dumps(method)) is method, copy.copy(method) is method, copy.deepcopy(method) is method)
    # A global function of one's own, as a method.
    http.client.HTTPConnection.of_mine = lambda self: self.host
    tell(http.client.HTTPConnection("host").of_mine())
    del http.client.HTTPConnection.of_mine


@section
def copies():
    session = requests.Session()
    session.headers["of"] = "mine"
    tell(session.get(url).text)
    for made in (pickle.loads(pickle.dumps(session)), copy.copy(session), copy.deepcopy(session)):
        made.cookies._now = session.cookies._now = 0  # the second in which each was made or asked
        is_equal = pickle.dumps(made) == pickle.dumps(session)
        tell(made.headers["of"], made.get(url).text, list(vars(made)), is_equal)
        made.close()
    session.close()
    connection = http.client.HTTPConnection(address)
    tell(list(vars(copy.copy(connection))), copy.deepcopy(connection).host, len(pickle.dumps(connection)))
    for name, cls in watched.items():
        if name in ("requests.Session", "http.client.HTTPConnection"):
            continue
        try:
            made = cls()
            tell(name, len(pickle.dumps(made)) > 0)
        except Exception as error:
            tell(name, type(error).__name__, str(error).split(" at 0x")[0])


@section
def patched():
    seen = []
    for cls, method in ((requests.Session, "__init__"), (requests.Session, "close"), (requests.Session, "request"),
                        (http.client.HTTPConnection, "connect"), (urllib3.PoolManager, "clear"), (httpx.Client, "send")):
        before = requests.Session()
        original = getattr(cls, method)

        def replacement(self, *arguments, original=original, **more):
            seen.append(original.__qualname__)
            return original(self, *arguments, **more)

        setattr(cls, method, replacement)
        after = requests.Session()
        tell(method, before.get(url).text, after.get(url).text, httpx.get(url).text)
        before.close()
        setattr(cls, method, original)
        after.close()
        tell(getattr(cls, method) is original, inspect.getattr_static(cls, method) is original)
    tell(seen)
    requests.Session.__del__ = lambda self: seen.append("deleted")
    requests.Session()
    tell(seen[-1])
    del requests.Session.__del__
    requests.Session()
    tell(seen.count("deleted"), hasattr(requests.Session, "__del__"))
    original = aiohttp.ClientSession.__del__
    aiohttp.ClientSession.__del__ = lambda self: seen.append("deleted, too")

    async def drop():
        aiohttp.ClientSession()

    asyncio.run(drop())
    aiohttp.ClientSession.__del__ = original
    tell(seen[-1], aiohttp.ClientSession.__del__ is original)
    session = requests.Session()
    session.close = lambda: seen.append("its own")
    session.close()
    del session.close
    session.close()
    tell(seen[-1])
    original = requests.Session.__enter__
    del requests.Session.__enter__
    try:
        with requests.Session():
            pass
    except TypeError as error:
        tell(error)
    requests.Session.__enter__ = original
    requests.Session.close, original = None, requests.Session.close
    session = requests.Session()
    tell(session.get(url).text, session.close)
    requests.Session.close = original


@section
def resurrected():
    kept = []

    class Returns(requests.Session):
        def __del__(self):
            kept.append(self)

    Returns().get(url)
    tell(len(kept), kept[0].get(url).text)
    kept[0].close()
    tell(kept[0].get(url).text)
    kept.clear()
    gc.collect()
    tell(len(kept))

    class ReturnsAsync(aiohttp.ClientSession):
        def __del__(self):
            kept.append(self)

    async def main():
        await fetch(ReturnsAsync())
        tell(await fetch(kept[0]), kept[0].closed)
        await kept.pop().close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asyncio.run(main())
    tell(len(kept))


@section
def cycles():
    gc.collect()

    def alive(cls):
        return sum(isinstance(each, cls) for each in gc.get_objects())

    for cls in (requests.Session, urllib3.PoolManager, httpx.Client, redis.Redis):
        before = alive(cls)
        for _ in range(5):
            session = cls()
            session.itself = session
        reference = weakref.ref(session)
        del session
        tell(cls.__name__, alive(cls) - before, reference() is None)
        gc.collect()
        tell(cls.__name__, alive(cls) - before, reference() is None, gc.garbage)
    session = requests.Session()
    tell(sys.getrefcount(session), len(gc.get_referrers(session)))
    del session
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/")
    tell(sys.getrefcount(connection), list(vars(connection)), connection.getresponse().read())
    connection.close()


@section
def callers():
    seen = []

    class Adapter(requests.adapters.HTTPAdapter):
        def __init__(self):
            super().__init__()
            seen.append(stack())

        def send(self, *arguments, **more):
            seen.append(stack())
            return super().send(*arguments, **more)

        def close(self):
            seen.append(stack())
            super().close()

    with requests.Session() as session:
        session.mount("http://", Adapter())
        session.get(url, hooks={"response": lambda *_, **__: seen.append(stack())})
    with httpx.Client(event_hooks={"request": [lambda _: seen.append(stack())]}) as client:
        client.get(url)

    async def on_request(*_):
        seen.append(stack())

    class Connector(aiohttp.TCPConnector):
        def __init__(self):
            super().__init__()
            seen.append(stack())

        def close(self):
            seen.append(stack())
            return super().close()

    async def main():
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(on_request)
        async with aiohttp.ClientSession(trace_configs=[trace], connector=Connector()) as session:
            await fetch(session)
        async with httpx.AsyncClient(event_hooks={"request": [on_request]}) as client:
            await client.get(url)

    asyncio.run(main())

    class Connection(http.client.HTTPConnection):
        def connect(self):
            seen.append(stack())
            super().connect()

    connection = Connection(address)
    connection.request("GET", "/")
    connection.close()
    for frames in seen:
        tell(frames)


@section
def coroutines():
    def chain(awaited):
        found = []
        while awaited is not None:
            found.append((type(awaited).__name__, getattr(awaited, "__qualname__", None)))
            awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None) or getattr(awaited, "_coro", None)
        return found

    async def main():
        sys.set_coroutine_origin_tracking_depth(4)
        session = aiohttp.ClientSession()
        close = session.close()
        tell(type(close), inspect.iscoroutine(close), inspect.iscoroutinefunction(session.close), repr(close).split(" at 0x")[0],
             close.__name__, close.__qualname__, close.cr_code is aiohttp.ClientSession.close.__code__, close.cr_origin,
             close.cr_frame.f_code.co_filename, close.cr_running, close.cr_await)
        await close
        sys.set_coroutine_origin_tracking_depth(0)
        session = aiohttp.ClientSession()
        asked = session.get(url)
        tell(type(asked).__name__, chain(asked))
        await asked
        task = asyncio.create_task(session._request("GET", url + "never"))
        async with session.get(url):
            pass
        while not any(name == "StreamReader.read" or name == "DataQueue.read" for _, name in chain(task.get_coro())):
            await asyncio.sleep(0)
        tell(chain(task.get_coro()), [(frame.f_code.co_qualname, frame.f_lineno) for frame in task.get_stack()])
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            tell(names(error))
        try:
            await asyncio.wait_for(fetch(session, "never"), 0.3)
        except asyncio.TimeoutError as error:
            tell(names(error), [name for _, _, name in names(error.__cause__ or error.__context__)])
        try:
            session.close().throw(ValueError("of mine"))
        except ValueError as error:
            tell(names(error))
        close = session.close()
        try:
            close.send(None)
        except StopIteration as end:
            tell(end.value, session.closed)
        try:
            await fetch(session)
        except RuntimeError as error:
            tell(error, names(error))
        for client in (httpx.AsyncClient(), redis.asyncio.Redis()):
            method = getattr(client, "aclose", None) or client.close
            close = method()
            tell(type(close), close.__qualname__, inspect.iscoroutinefunction(method))
            await close

    asyncio.run(main())


@section
def errors():
    for function in (lambda: requests.Session().get("http://127.0.0.1:1/"), lambda: requests.Session().get("nonsense://x"),
                     lambda: httpx.Client(verify=False).get("http://127.0.0.1:1/"), lambda: urllib3.PoolManager(retries=False).request("GET", "http://127.0.0.1:1/"),
                     lambda: http.client.HTTPConnection("127.0.0.1", 1).request("GET", "/"), lambda: http.client.HTTPConnection("a:b"),
                     lambda: redis.Redis(port=1).get("key"), lambda: psycopg2.connect("host=/nowhere"),
                     lambda: asyncio.run(asyncpg.connect(host="/nowhere"))):
        try:
            function()
        except Exception as error:
            tell(type(error).__name__, str(error).split(" at 0x")[0], names(error))
            while error.__context__:
                error = error.__context__
                tell("  after", type(error).__name__, names(error))


for function in list(sections):
    try:
        function()
    except Exception:
        tell("failed", traceback.format_exc())
    sys.stdout.flush()
    sections.pop(0)
