"""Leaves open what the interpreter then closes at its end, and closes the rest.

    leaves.py STATUS
"""
import atexit
import os
import socket
import sys

import pycurl

kept = []


def leaked():
    kept.append(socket.socket())


def session():
    handle = pycurl.Curl()
    handle.setopt(handle.URL, os.environ["TEST_HTTP_URL"])
    handle.setopt(handle.NOBODY, 1)
    handle.perform()
    kept.append(handle)


def listening():
    server = socket.create_server(("127.0.0.1", 0))
    kept.append(server)


def closed():
    with socket.socket():
        socket.socket().close()


class Late:
    def __del__(self):
        socket.socket().close()


class AtEnd:
    """Is gone, with its method, once the functions of the end have run."""

    def __del__(self):
        open("/dev/null").close()

    def end(self):
        pass


atexit.register(AtEnd().end)
for _ in range(2):
    leaked()
session()
listening()
closed()
kept.append(Late())
sys.exit(int(sys.argv[1]))
