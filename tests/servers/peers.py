#!/usr/bin/env python3
"""Servers of the loopback that write down what a client says until it is gone.

  peers.py DIR PID [COMMAND...]

runs in the background from the moment when all of them listen, and writes
DIR/env, which sets their ports. It stops when the process PID ends. COMMAND
starts an nginx in the background that these lead to, and which runs as long.

  PEER_FTP, _IMAP, _SMTP, _POP3     answer every command
  PEER_*_DEAF                       answer all but the goodbye
  PEER_IMAPS, _IMAPS_DEAF           the same over TLS
  PEER_HTTP, PEER_HTTPS             lead to DIR/http and DIR/https, two unix sockets
  PEER_WEBSOCKET                    sends every frame back
  PEER_MUTE                         accepts, and never reads
  PEER_STUFFED                      shakes hands by TLS, and never reads again
  PEER_FULL                         has no room for one more connection
  PEER_GONE                         says goodbye by TLS, and resets the connection
  PEER_SEEN                         tells, once they have all ended, what the connections
                                    since the last time said; a line each, as they ended

TLS is made with DIR/cert.pem and DIR/key.pem.
"""
import base64
import contextlib
import hashlib
import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading

# What each protocol answers, by the verb; "" is for all others, and the first
# line of all is the greeting.
FTP = ("220 ready", "QUIT", {"USER": "331 password", "PWD": '257 "/"', "QUIT": "221 bye", "": "230 fine"})
SMTP = ("220 ready", "QUIT", {"QUIT": "221 bye", "": "250 fine"})
POP3 = ("+OK ready", "QUIT", {"CAPA": "+OK\r\nUSER\r\n.", "LIST": "+OK\r\n.", "": "+OK"})
IMAP = ("* OK ready", "LOGOUT", {"CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK", "LOGOUT": "* BYE\r\nTAG OK",
                                 "": "TAG OK"})


class Seen:
    """What the connections since the last time said."""

    def __init__(self):
        self.changed = threading.Condition()
        self.open = 0
        self.lines = []
        self.ended = 0

    def begin(self):
        with self.changed:
            self.open += 1

    def end(self, lines):
        with self.changed:
            self.open -= 1
            self.ended += 1
            self.lines += lines
            self.changed.notify_all()

    def take(self):
        with self.changed:
            self.changed.wait_for(lambda: self.ended and not self.open)
            lines, self.lines, self.ended = self.lines, [], 0
            return lines


seen = Seen()
# A window that is full has no room for the end of a connection either: whether
# these have ended cannot be known, and they are not counted.
stuffed = []


def talk(protocol, is_deaf):
    """A server of a protocol of lines."""
    greeting, goodbye, answers = protocol

    def serve(connection, said):
        connection.sendall(greeting.encode() + b"\r\n")
        for line in connection.makefile("rb"):
            line = line.decode().strip()
            said.append(line)
            words = line.split()
            tag = words.pop(0) if protocol is IMAP else ""
            verb = words[0].upper()
            if verb == goodbye and is_deaf:
                continue
            answer = answers.get(verb, answers[""]).replace("TAG", tag)
            connection.sendall(answer.encode() + b"\r\n")
            if verb == goodbye:
                break

    return serve


def records(data, said):
    """TLS by the kind and the length of its records, as the rest is secret."""
    while len(data) >= 5:
        kind, _, length = struct.unpack(">BHH", data[:5])
        said.append(f"record {kind} of {length} bytes")
        data = data[5 + length:]
    if data:
        said.append(f"a part of a record, {len(data)} bytes")


def pass_on(server, client):
    """What the server answers; a client that is gone is not told of."""
    with contextlib.suppress(OSError):
        while answer := server.recv(65536):
            client.sendall(answer)
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_WR)


def lead_to(path):
    """A way to another server, on which we listen."""

    def serve(connection, said):
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        answers = threading.Thread(target=pass_on, args=(server, connection), daemon=True)
        answers.start()
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while more := connection.recv(65536):
                data += more
                with contextlib.suppress(OSError):  # what is said to a server that is gone was said, too
                    server.sendall(more)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        answers.join()
        server.close()
        if data[:1] == b"\x16":
            records(data, said)
        else:
            said += data.decode(errors="replace").splitlines()

    return serve


def echo_frames(connection, said):
    reader = connection.makefile("rb")
    key = ""
    while (line := reader.readline().decode().strip()):
        said.append(line)
        if line.lower().startswith("sec-websocket-key:"):
            key = line.split(":")[1].strip()
    secret = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Accept: " + base64.b64encode(secret) + b"\r\n\r\n")
    while (head := reader.read(2)):
        length = head[1] & 0x7f  # our clients send short frames, all of them masked
        mask = reader.read(4)
        text = bytes(byte ^ mask[i % 4] for i, byte in enumerate(reader.read(length)))
        said.append(f"frame {head[0]:02x} {text.decode()}")
        connection.sendall(bytes([head[0], length]) + text)


def until_gone(connection):
    """Waits for the client's end without reading what is before it."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    poll.poll()


def stay_mute(connection, said):
    until_gone(connection)
    said.append("gone")


def stuff(connection, _):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuffed.append(context.wrap_socket(connection, server_side=True))


def leave_first(connection, said):
    tls = context.wrap_socket(connection, server_side=True)
    tls.recv(1)
    try:
        tls.setblocking(False)
        tls.unwrap()
    except (ssl.SSLWantReadError, OSError):
        pass
    tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    tls.shutdown(socket.SHUT_WR)
    tls.close()
    said.append("left first")


def over_tls(serve):
    """Says, too, whether the connection was ended as TLS wants it."""

    def serve_by_tls(connection, said):
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as tls:
            try:
                serve(tls, said)
                if not tls.recv(1):
                    said.append("close_notify")
            except (ssl.SSLEOFError, ConnectionResetError):
                said.append("no close_notify")

    return serve_by_tls


def tell(connection, _):
    connection.sendall("".join(line + "\n" for line in seen.take()).encode())


def handle(serve, connection):
    said = []
    is_counted = serve not in (tell, stuff)
    if is_counted:
        seen.begin()
    try:
        serve(connection, said)
    except OSError:
        pass  # a client that is gone is what is waited for
    connection.close()
    if is_counted:
        seen.end(said)


def accept(listener, serve):
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=handle, args=(serve, connection), daemon=True).start()


def listen(backlog=64):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(backlog)
    return listener


def be_full():
    """A listener whose only place is taken: the kernel drops what comes."""
    listener = listen(0)
    first = socket.create_connection(listener.getsockname())
    return listener, first


def wait_for(owner):
    try:
        with open(os.pidfd_open(owner), "rb", buffering=0) as process:
            select.select([process], [], [])
    except ProcessLookupError:
        pass


def go_into_background():
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        sys.exit(0 if os.read(reader, 1) else 1)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    log = os.open("peers.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, file in enumerate((null, log, log)):
        os.dup2(file, number)
    return writer


folder, owner, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
os.chdir(folder)
ready = go_into_background()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
servers = {
    "HTTP": lead_to("http"), "HTTPS": lead_to("https"), "WEBSOCKET": echo_frames, "MUTE": stay_mute, "STUFFED": stuff,
    "GONE": leave_first, "SEEN": tell, "IMAPS": over_tls(talk(IMAP, False)),
    "IMAPS_DEAF": over_tls(talk(IMAP, True)),
}
for name, protocol in (("FTP", FTP), ("SMTP", SMTP), ("POP3", POP3), ("IMAP", IMAP)):
    servers[name] = talk(protocol, False)
    servers[name + "_DEAF"] = talk(protocol, True)
full = be_full()
ports = {"FULL": full[0].getsockname()[1]}
if command:  # it goes into the background once it listens
    subprocess.run(command, check=True)
for name, serve in servers.items():
    listener = listen()
    ports[name] = listener.getsockname()[1]
    threading.Thread(target=accept, args=(listener, serve), daemon=True).start()
with open("env", "w", encoding="ascii") as env:
    env.writelines(f"PEER_{name}={port}\n" for name, port in ports.items())
os.write(ready, b"1")
os.close(ready)
wait_for(owner)
if command:
    subprocess.run(command + ["-s", "stop"], check=False)
os._exit(0)
