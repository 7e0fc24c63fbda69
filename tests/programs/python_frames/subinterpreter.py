"""One socket below another interpreter of the same thread, and one on each side of it."""
import os
import socket

import _xxsubinterpreters

kept = []


def outside():
    kept.append(socket.socket())


outside()
other = _xxsubinterpreters.create()
_xxsubinterpreters.run_string(
    other,
    "import socket\ndef inside():\n    global kept\n    kept = socket.socket()\ninside()",
)
outside()
os._exit(0)
