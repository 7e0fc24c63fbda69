# Measures a row in processes of their own: one with the library from its start,
# two without, which do a batch in turn. The switch cannot do that, as it leaves
# the interpreter's audit hook where it is. The output is the same as bench's.
#
#   python_apart.py -p ROUNDS LIBRARY ROW
#   python_apart.py -a ROW                  one batch, with what is preloaded
import asyncio
import os
import random
import socket
import subprocess
import sys
import time

WARM_UP = 3  # operations at the start of each batch that are not measured


class Sockets:
    operations = 50

    def run(self, count):
        for _ in range(count):
            socket.socket().close()

    def close(self):
        pass


class Requests:
    """One session and one connection for all batches."""

    operations = 20

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.session = self.loop.run_until_complete(self.open())
        self.url = os.environ["TEST_HTTP_URL"] + "/index.html"
        self.run(1)

    async def open(self):
        import aiohttp  # pylint: disable=import-outside-toplevel # the other row does not need it

        return aiohttp.ClientSession(raise_for_status=True)

    async def get(self, count):
        for _ in range(count):
            async with self.session.get(self.url) as answer:
                await answer.read()

    def run(self, count):
        self.loop.run_until_complete(self.get(count))

    def close(self):
        self.loop.run_until_complete(self.session.close())
        self.loop.close()


ROWS = {"python_socket_apart": Sockets, "python_aiohttp": Requests}


def batch(row):
    row.run(WARM_UP)
    start = time.monotonic_ns()
    row.run(row.operations)
    return (time.monotonic_ns() - start) / row.operations


def serve(name):
    """A batch for each byte that comes, until no more do."""
    row = ROWS[name]()
    while os.read(0, 1):
        os.write(1, b"%.2f\n" % batch(row))
    row.close()


class Child:
    def __init__(self, name, variables):
        # Otherwise two processes differ by the order of their dictionaries, too.
        variables = {**os.environ, "PYTHONHASHSEED": "0", **variables}
        self.process = subprocess.Popen([sys.executable, __file__, "-c", name], env=variables, bufsize=0,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def measure(self):
        self.process.stdin.write(b"1")
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit("a process ended before its time")
        return float(answer)

    def end(self):
        self.process.communicate()
        if self.process.returncode != 0:
            sys.exit(f"a process ended with status {self.process.returncode}")


def measure_pair(order, first, second):
    if order.random() < 0.5:
        return first.measure(), second.measure()
    last = second.measure()
    return first.measure(), last


def drive(rounds, library, name):
    order = random.Random(1)
    watched = {"LD_PRELOAD": library, "SESSGUARD_MODE": "silence"}
    on, off, other = children = [Child(name, variables) for variables in (watched, {}, {})]
    for child in children:
        child.measure()
    for _ in range(rounds):
        print(*measure_pair(order, on, off), *measure_pair(order, other, off))
    for child in children:
        child.end()


if sys.argv[1] == "-c":
    serve(sys.argv[2])
elif sys.argv[1] == "-a":
    only = ROWS[sys.argv[2]]()
    batch(only)
    only.close()
else:
    drive(int(sys.argv[2]), *sys.argv[3:])
