"""Ends while threads that nobody waits for make sockets, each at the bottom of many frames."""
import socket
import threading

started = threading.Barrier(4)


def deep(n):
    if n:
        return deep(n - 1)
    socket.socket().close()


def work():
    deep(50)
    started.wait()
    while True:
        deep(50)


for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
started.wait()
