"""Forks children that end, while threads make sockets; only the last process says what is open."""
import os
import socket
import sys
import threading

done = threading.Event()


def work():
    while not done.is_set():
        socket.socket().close()


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(40):
    child = os.fork()
    if child == 0:
        done.set()
        sys.exit(0)
    os.waitpid(child, 0)
done.set()
for thread in threads:
    thread.join()
