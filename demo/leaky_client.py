"""Makes a connection for each of 20 tasks, and closes 12 of them."""
import socket

kept = []


def connect(address):
    return socket.create_connection(address)


def fetch(address, task):
    connection = connect(address)
    if task % 5 < 2:
        kept.append(connection)  # as a cache does that nobody empties
        return
    connection.close()


with socket.create_server(("127.0.0.1", 0)) as server:
    for task in range(20):
        fetch(server.getsockname(), task)
