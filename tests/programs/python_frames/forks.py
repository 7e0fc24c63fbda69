"""Sockets of children, after the functions of the interpreter's end, and after new code has come."""
import atexit
import multiprocessing
import os
import socket

kept = []


def in_child():
    kept.append(socket.socket())
    os._exit(0)


def in_worker(queue):
    kept.append(socket.socket())
    queue.put(os.getpid())
    queue.close()
    queue.join_thread()
    os._exit(0)


def in_parent():
    kept.append(socket.socket())


if __name__ == "__main__":
    child = os.fork()
    if child == 0:
        in_child()
    os.waitpid(child, 0)
    queue = multiprocessing.get_context("fork").Queue()
    worker = multiprocessing.get_context("fork").Process(target=in_worker, args=(queue,))
    worker.start()
    queue.get()
    worker.join()
    atexit._run_exitfuncs()
    import json.tool

    in_parent()
    os._exit(0)
