"""Runs the actor once, as the only child of this process, and says all that it did."""
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36
LINES = "".join(f"line {n}\n" for n in range(1, 21))
LEDGER_BYTES = 1 << 18


def adopt_orphans():
    """What the program leaves behind becomes a child of this process, so that its end is seen."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Connection:
    """What a peer was told: all bytes, and whether the end was a proper one."""

    def __init__(self, connection):
        self.socket, self.data, self.end, self.waiting = connection, b"", None, b""

    def read(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            self.end = "reset"
            return False
        if not data:
            self.end = "end"
            return False
        self.data += data
        self.waiting += data
        self.answer()
        return True

    def answer(self):
        """HTTP and the word "ask" are answered; nothing else is."""
        try:
            while b"\r\n\r\n" in self.waiting:
                _, self.waiting = self.waiting.split(b"\r\n\r\n", 1)
                self.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            while b"ask\n" in self.waiting:
                _, self.waiting = self.waiting.split(b"ask\n", 1)
                self.socket.sendall(b"yes\n")
        except OSError:
            pass  # who does not wait for the answer is gone


class Peers:
    """A server that listens anew for each run."""

    def __init__(self, selector):
        self.selector, self.connections = selector, []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(256)
        self.listener.setblocking(False)
        selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.port = self.listener.getsockname()[1]

    def accept(self):
        try:
            connection = Connection(self.listener.accept()[0])
        except OSError:
            return
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections.append(connection)
        self.selector.register(connection.socket, selectors.EVENT_READ, lambda: self.read(connection))

    def read(self, connection):
        if not connection.read():
            self.selector.unregister(connection.socket)
            connection.socket.close()

    def are_done(self):
        return all(connection.end for connection in self.connections)

    def close(self):
        self.selector.unregister(self.listener)
        self.listener.close()
        for connection in self.connections:
            if not connection.end:
                self.selector.unregister(connection.socket)
                connection.socket.close()


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def reap(statuses):
    """True when no child is left."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if pid == 0:
            return False
        statuses[pid] = status


def handle_events(selector, seconds):
    """True if there were any."""
    events = selector.select(seconds)
    for key, _ in events:
        if key.data:
            key.data()
    return bool(events)


def wait_for_all(main, selector, peers, limit):
    """The statuses of all processes by their numbers, and whether one had to be killed."""
    statuses, end = {}, time.monotonic() + limit
    hangs = False
    process = os.pidfd_open(main)
    selector.register(process, selectors.EVENT_READ, None)
    while main not in statuses and not hangs:
        handle_events(selector, 0.2)
        reap(statuses)
        hangs = time.monotonic() > end
    selector.unregister(process)
    os.close(process)
    while not reap(statuses):
        if hangs or time.monotonic() > end:
            hangs = True
            for pid in children():
                os.kill(pid, signal.SIGKILL)
        handle_events(selector, 0.001)
    # The kernel has closed all; what was sent, and who was not yet accepted, is on its way.
    while not hangs and (handle_events(selector, 0) or not peers.are_done()) and time.monotonic() < end:
        handle_events(selector, 0.002)
    return statuses, hangs


def files_of(folder, left_out):
    found = {}
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(place, name)
            if path in left_out:
                continue
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


class Result:
    """What one run did."""

    def __init__(self):
        self.status, self.stdout, self.stderr, self.stdin, self.files = None, b"", b"", 0, {}
        self.peers, self.crashes, self.hangs, self.ledger, self.report, self.pid = [], [], False, b"", b"", 0


def run(actor, script, folder, environment, report, limit):
    """Runs the actor in `folder`, which it makes; `report` is where the library writes to. A run hangs that
    takes longer than `limit` seconds."""
    result = Result()
    paths = {name: os.path.join(folder + ".run", name) for name in ("in", "out", "err", "ledger")}
    os.makedirs(folder + ".run")
    os.makedirs(folder)
    with open(paths["in"], "w", encoding="ascii") as file:
        file.write(LINES)
    with open(paths["ledger"], "wb") as file:
        file.truncate(LEDGER_BYTES)
    selector = selectors.DefaultSelector()
    peers = Peers(selector)
    with open(paths["in"], "rb", buffering=0) as stdin, open(paths["out"], "wb") as stdout, \
            open(paths["err"], "wb") as stderr:
        process = subprocess.Popen([actor, script, "0", paths["ledger"], str(peers.port)], stdin=stdin, stdout=stdout,
                                   stderr=stderr, cwd=folder, env=environment, start_new_session=True)
        statuses, result.hangs = wait_for_all(process.pid, selector, peers, limit)
        process.returncode = 0  # it was waited for here
        result.stdin = stdin.seek(0, os.SEEK_CUR)
    result.pid, result.status = process.pid, statuses.get(process.pid)
    # Orphans that died of a crash; how others end is their affair.
    deadly = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE)
    result.crashes = sorted(os.WTERMSIG(status) for pid, status in statuses.items()
                            if pid != process.pid and os.WIFSIGNALED(status) and os.WTERMSIG(status) in deadly)
    host = f"127.0.0.1:{peers.port}".encode()
    result.peers = sorted((connection.data.replace(host, b"HOST"), connection.end) for connection in peers.connections)
    peers.close()
    selector.close()
    result.stdout, result.stderr, result.ledger = read(paths["out"]), read(paths["err"]), read(paths["ledger"])
    result.files = files_of(folder, [])
    result.report = read(report) if report else b""
    return result
