"""Uses sessions in threads, in forked and spawned processes, deep down, and ends in odd ways.

    processes.py WAY
"""
import asyncio
import http.client
import importlib
import importlib.machinery
import multiprocessing
import os
import signal
import sys
import threading

import aiohttp
import httpx
import redis
import requests
import urllib3

address = os.environ["TEST_HTTP"]
url = "http://" + address + "/"
way = sys.argv[1]


def tell(*facts):
    print(way, *facts, flush=True)


def get_with_all(_=None):
    with requests.Session() as session:
        found = [session.get(url).text]
    with httpx.Client(verify=False) as client:
        found.append(client.get(url).text)
    with urllib3.PoolManager() as manager:
        found.append(manager.request("GET", url).data.decode())
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/")
    found.append(connection.getresponse().read().decode())
    connection.close()
    return found + [asyncio.run(get_async())]


async def get_async():
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


def child(function):
    """Runs it in a forked child, and returns the child's status."""
    number = os.fork()
    if not number:
        try:
            status = function() or 0
        except BaseException as error:
            tell(type(error).__name__, error)
            status = 99
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def threads():
    found, barrier = [], threading.Barrier(8)

    def work():
        barrier.wait()
        for _ in range(2):
            found.append(get_with_all())

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    tell(len(found), found.count(found[0]), found[0])


def forks():
    session, client, connection = requests.Session(), httpx.Client(verify=False), http.client.HTTPConnection(address)
    loop = asyncio.new_event_loop()

    async def make():
        return aiohttp.ClientSession()

    async def ask():
        async with from_loop.get(url) as answer:
            return await answer.text()

    from_loop = loop.run_until_complete(make())

    def use():
        # Connections are not shared: there are none yet, or they are closed first.
        tell("child", session.get(url).text, client.get(url).text, get_with_all())
        session.close()
        client.close()
        connection.connect()
        connection.close()

    def use_and_leave():
        session.get(url)
        return 5

    def close_loop():
        loop.run_until_complete(from_loop.close())

    def raise_exit():
        requests.Session().get(url)
        sys.exit(6)

    def grandchild():
        return child(use)

    tell(child(use), child(use_and_leave), child(close_loop), child(raise_exit), child(grandchild))
    tell("parent", session.get(url).text, client.get(url).text, loop.run_until_complete(ask()))
    session.close()
    client.close()
    tell(child(use_and_leave), session.get(url).text)
    session.close()
    loop.run_until_complete(from_loop.close())
    loop.close()

    # A fork while another thread is at it.
    stop = threading.Event()

    def work():
        while not stop.is_set():
            requests.Session().close()
            http.client.HTTPConnection(address).close()

    worker = threading.Thread(target=work)
    worker.start()
    tell([child(lambda: requests.Session().close()) for _ in range(20)])
    stop.set()
    worker.join()


def multi():
    for method in "fork", "spawn", "forkserver":
        context = multiprocessing.get_context(method)
        with context.Pool(1) as pool:
            tell(method, pool.map(get_with_all, range(2)))
            pool.close()
            pool.join()
    process = multiprocessing.get_context("fork").Process(target=sys.exit, args=(3,))
    process.start()
    process.join()
    tell(process.exitcode)


def deep():
    def makers():
        yield lambda: requests.Session().close()
        yield lambda: urllib3.PoolManager().clear()
        yield lambda: http.client.HTTPConnection(address).close()
        yield lambda: httpx.Client(verify=False).close()
        yield lambda: redis.Redis().close()

    def dive(make, depth):
        if depth:
            return dive(make, depth - 1)
        make()

    sys.setrecursionlimit(400)
    # At each distance from the limit, so that one is in each function of ours.
    for make in makers():
        errors = 0
        for depth in range(280, 400):
            try:
                dive(make, depth)
            except RecursionError:
                errors += 1
        make()
        tell(errors > 0)

    async def dive_async(depth):
        if depth:
            return await dive_async(depth - 1)
        await aiohttp.ClientSession().close()

    errors = 0
    for depth in range(280, 400, 3):
        try:
            asyncio.run(dive_async(depth))
        except RecursionError:
            errors += 1
    sys.setrecursionlimit(1000)
    tell(errors > 0, get_with_all())


def reloads():
    import requests.sessions

    old_session, old_connection = requests.Session(), http.client.HTTPConnection(address)
    old_class, old_connection_class = requests.Session, http.client.HTTPConnection
    tell(old_session.get(url).text)
    importlib.reload(requests.sessions)
    # What six has done to http.client keeps reload() from it.
    importlib.machinery.SourceFileLoader("http.client", http.client.__file__).exec_module(http.client)
    for cls in old_class, requests.sessions.Session:
        with cls() as session:
            tell(session.get(url).text)
    tell(old_session.get(url).text, old_class is requests.sessions.Session)
    old_session.close()
    for connection in old_connection, http.client.HTTPConnection(address):
        connection.request("GET", "/")
        tell(connection.getresponse().read())
        connection.close()
    tell(old_connection_class is http.client.HTTPConnection)
    # As some test runners do between tests.
    for name in [name for name in sys.modules if name.split(".")[0] in ("aiohttp", "urllib3", "requests")]:
        del sys.modules[name]
    importlib.import_module("requests").Session().close()
    new = importlib.import_module("aiohttp")
    tell(new is aiohttp, new.ClientSession is aiohttp.ClientSession)

    async def both():
        async with aiohttp.ClientSession() as one, new.ClientSession() as other:
            async with one.get(url) as first, other.get(url) as second:
                return await first.text(), await second.text()

    tell(asyncio.run(both()))


def interpreters():
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    subinterpreters = __import__(name)

    code = f"""
import http.client, threading
connection = http.client.HTTPConnection({address!r})
connection.request("GET", "/")
print("inside", connection.getresponse().read(), flush=True)
connection.close()
http.client.HTTPConnection({address!r}).connect()
"""
    for _ in range(3):
        other = subinterpreters.create()
        subinterpreters.run_string(other, code)
        subinterpreters.destroy(other)
    tell(get_with_all())


def interrupted():
    """A signal handler that raises, or makes sessions, wherever it is called."""
    calls, armed = 0, False

    def handler(*_):
        nonlocal calls, armed
        calls += 1
        requests.Session().close()
        if armed and calls % 2:
            armed = False
            raise TimeoutError

    signal.signal(signal.SIGVTALRM, handler)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.0005, 0.0005)
    kept = []
    while calls < 200:
        try:
            armed = True
            kept.append(requests.Session())
            http.client.HTTPConnection(address).close()
            kept.pop().close()
            armed = False
        except TimeoutError:
            pass
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, signal.SIG_IGN)
    kept.clear()
    tell(calls >= 200, get_with_all())


def exit_in_threads():
    def work():
        requests.Session().get(url)
        sys.exit(4)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    tell("goes on")


def exit_at_once():
    session = requests.Session()
    session.get(url)
    tell("leaves")
    os._exit(7)


def killed():
    requests.Session().get(url)
    tell("is killed")
    os.kill(os.getpid(), signal.SIGKILL)


def aborts():
    session = requests.Session()
    session.get(url)
    tell("raises")
    raise SystemExit("with a message")


def daemons():
    """Threads that go on with sessions while the interpreter ends."""
    ready = threading.Barrier(5)

    def work():
        ready.wait()
        while True:
            with requests.Session() as session:
                session.get(url)
            http.client.HTTPConnection(address).close()

    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    ready.wait()
    tell("ends")


if __name__ == "__main__":
    globals()[way]()
