"""Sockets that the program opens for itself while a library's call on a session runs: in callbacks.
An adapter of the program's own stands between a session and its connections, too."""
import asyncio
import os
import socket

import aiohttp
import requests

address = os.environ["TEST_HTTP"]
url = "http://" + address + "/"
kept = []


def connect():
    host, port = address.split(":")
    kept.append(socket.create_connection((host, int(port))))


async def on_start(_session, _context, _parameters):
    connect()  # opened here


def on_response(_answer, **_arguments):
    connect()


class Adapter(requests.adapters.HTTPAdapter):
    def send(self, *arguments, **keywords):
        return super().send(*arguments, **keywords)


async def trace():
    config = aiohttp.TraceConfig()
    config.on_request_start.append(on_start)
    async with aiohttp.ClientSession(trace_configs=[config]) as session:
        async with session.get(url) as answer:
            await answer.text()


def hook():
    with requests.Session() as session:
        session.get(url, hooks={"response": on_response})


def adapt():
    session = requests.Session()  # opened here
    session.mount("http://", Adapter())
    session.get(url)
    kept.append(session)


asyncio.run(trace())
hook()
adapt()
print(len(kept))
