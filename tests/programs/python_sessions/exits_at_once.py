"""Ends by os._exit() with a session open, of which Python's own end knows nothing.

    exits_at_once.py alone|worker|pool|handler|thread|from_thread|stuck|nested|inherited
"""
import multiprocessing
import os
import signal
import sys
import threading

import requests

kept = []


def open_session(*unused):
    session = requests.Session()  # opened here
    kept.append(session)
    return session.get(f"http://{os.environ['TEST_HTTP']}/").status_code


def exit_in_handler(*unused):
    os._exit(3)


def close_stuck():
    lock.acquire()


def close_nested():
    os._exit(4)


way = sys.argv[1]
lock = threading.Lock()
if way == "worker":
    worker = multiprocessing.get_context("fork").Process(target=open_session)
    worker.start()
    worker.join()
    os._exit(worker.exitcode)
elif way == "pool":
    # A thread of the parent's may hold any lock as it forks.
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print(pool.map(open_session, [0]))
        pool.close()
        pool.join()
    os._exit(0)
open_session()
if way == "handler":
    signal.signal(signal.SIGALRM, exit_in_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    threading.Event().wait()
elif way == "thread":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
elif way == "from_thread":
    threading.Thread(target=os._exit, args=(5,)).start()
    threading.Event().wait()
elif way == "stuck":
    lock.acquire()
    kept[0].adapters["http://"].close = close_stuck
elif way == "nested":
    kept[0].adapters["http://"].close = close_nested
elif way == "inherited":
    child = os.fork()
    if child == 0:
        os._exit(6)
    print(os.waitpid(child, 0)[1])
sys.stdout.flush()
os._exit(2)
