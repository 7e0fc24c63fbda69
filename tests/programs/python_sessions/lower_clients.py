"""What lies below the others: urllib3's pools, http.client's connections, and pycurl: kept, dropped, closed."""
import gc
import http.client
import os
import urllib.request

import pycurl
import urllib3

address = os.environ["TEST_HTTP"]
url = "http://" + address
kept = []


def keep_manager():
    manager = urllib3.PoolManager()  # opened here
    manager.request("GET", url + "/")
    kept.append(manager)


def drop_manager():
    manager = urllib3.PoolManager()  # opened here
    manager.request("GET", url + "/")


def keep_pool():
    pool = urllib3.HTTPConnectionPool(address.split(":")[0], int(address.split(":")[1]))  # opened here
    pool.request("GET", "/")
    kept.append(pool)


def close_pools():
    with urllib3.PoolManager() as manager:
        manager.request("GET", url + "/")
    manager = urllib3.PoolManager()
    manager.request("GET", url + "/")
    manager.clear()
    with urllib3.connection_from_url(url) as pool:
        pool.request("GET", "/")
    pool = urllib3.connection_from_url(url)
    pool.request("GET", "/")
    pool.close()


# A connection is open from its first request on: either line is right.
def keep_connection():
    connection = http.client.HTTPConnection(address)  # opened here
    connection.request("GET", "/")  # opened here
    connection.getresponse().read()
    kept.append(connection)


def drop_connection():
    connection = http.client.HTTPConnection(address)  # opened here
    connection.request("GET", "/")  # opened here
    connection.getresponse().read()


def close_connections():
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.close()
    # The server ends this one, and http.client closes it; the next was never open.
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/hangup")
    connection.getresponse().read()
    kept.append(connection)
    kept.append(http.client.HTTPConnection(address))
    with urllib.request.urlopen(url) as answer:
        answer.read()


def keep_curl():
    handle = pycurl.Curl()  # opened here
    handle.setopt(handle.URL, url + "/")
    handle.setopt(handle.NOBODY, 1)
    handle.perform()
    kept.append(handle)


def close_curl():
    handle = pycurl.Curl()
    handle.setopt(handle.URL, url + "/")
    handle.setopt(handle.NOBODY, 1)
    handle.perform()
    handle.close()


for _ in range(2):
    for function in (keep_manager, drop_manager, keep_pool, close_pools, keep_connection, drop_connection,
                     close_connections, keep_curl, close_curl):
        function()
gc.collect()
print(len(kept))
