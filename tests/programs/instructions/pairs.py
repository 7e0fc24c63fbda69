"""As pairs.c does it: opens and closes, so many times, from so many frames deep.

    pairs.py KIND DEPTH COUNT
"""
import socket
import sys


def go(depth, count):
    if depth > 1:
        return go(depth - 1, count)
    for _ in range(count):
        socket.socket().close()


go(int(sys.argv[2]), int(sys.argv[3]))
