"""Prints what a tracer, a profiler and an audit hook are told while the watched classes are used.

    events.py audit      an audit hook, from before the libraries are imported
    events.py trace      sys.settrace, sys.setprofile and cProfile
"""
import asyncio
import collections
import gc
import os
import sys
import threading

address = os.environ["TEST_HTTP"]
url = "http://" + address + "/"
events = []
# What is collected in between is not told of at the same place in each run.
gc.disable()


def audit(event, arguments):
    if event in ("exec", "compile", "import", "marshal.loads"):
        what = arguments[0]
        if event == "exec":
            what = (what.co_name, os.path.basename(what.co_filename))
        elif event == "compile":
            what = str(arguments[1])
        elif event == "marshal.loads":
            what = len(what)
        events.append((event, what))
    else:
        events.append((event,))


if sys.argv[1] == "audit":
    sys.addaudithook(audit)

import http.client

import aiohttp
import httpx
import redis
import requests
import urllib3


def use_requests():
    with requests.Session() as session:
        session.trust_env = False  # which is not the same
        session.get(url)


def use_httpx():
    with httpx.Client(trust_env=False) as client:
        client.get(url)


def use_urllib3():
    with urllib3.PoolManager() as manager:
        manager.request("GET", url)


def use_http_client():
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.close()


def use_redis():
    client = redis.Redis(host="127.0.0.1", port=1)
    try:
        client.get("key")
    except redis.ConnectionError:
        pass
    client.close()


def drop_all():
    requests.Session()
    urllib3.PoolManager()
    http.client.HTTPConnection(address).connect()


# Without the loop's own turns, of which there may be more or fewer.
async def main(begin, end):
    begin()
    session = aiohttp.ClientSession()
    close = session.close()
    asked = session.get(url)
    end()
    await asked
    begin()
    try:
        close.send(None)
    except StopIteration:
        pass
    end()


def use_aiohttp(begin=lambda: None, end=lambda: None):
    asyncio.run(main(begin, end))


def tell(name):
    for event in events:
        print(name, *event)
    events.clear()


functions = [use_requests, use_httpx, use_urllib3, use_http_client, use_redis, drop_all]
if sys.argv[1] == "audit":
    counts = collections.Counter(event[0] for event in events)
    print("while importing", sorted(counts.items()))
    tell("import")
    for function in [*functions, use_aiohttp]:
        function()
        tell(function.__name__)
    sys.exit()


def note(frame, event, argument):
    code = frame.f_code
    what = getattr(argument, "__qualname__", None) if event.startswith("c_") else frame.f_lineno if event == "line" else None
    events.append((event, os.path.basename(code.co_filename), code.co_qualname, what))
    return note


for set_it in sys.settrace, sys.setprofile:
    for function in functions:
        function()  # what is done once only
        set_it(note)
        function()
        set_it(None)
        tell(f"{set_it.__name__} {function.__name__}")
    use_aiohttp(lambda: set_it(note), lambda: set_it(None))
    tell(f"{set_it.__name__} use_aiohttp")

threading.setprofile(note)
thread = threading.Thread(target=use_requests)
thread.start()
thread.join()
threading.setprofile(None)
tell("thread")

import cProfile
import pstats

profile = cProfile.Profile()
for function in functions:
    profile.runcall(function)
use_aiohttp(profile.enable, profile.disable)
for (file, line, name), (calls, all_calls, _, _, callers) in sorted(pstats.Stats(profile).stats.items()):
    print("cProfile", os.path.basename(file), line, name.split(" at 0x")[0], calls, all_calls, len(callers))
