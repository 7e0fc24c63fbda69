"""One socket below another interpreter of the same thread, and one on each side of it.

    subinterpreter.py DEPTH
"""
import os
import socket
import sys

subinterpreters = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")

kept = []


def outside():
    kept.append(socket.socket())


def below(n):
    if n:
        return below(n - 1)
    subinterpreters.run_string(
        other,
        "import socket\ndef inside():\n    global kept\n    kept = socket.socket()\ninside()",
    )


other = subinterpreters.create()
outside()
below(int(sys.argv[1]))
outside()
os._exit(0)
