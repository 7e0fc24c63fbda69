"""requests.Session in ten threads at once: kept, dropped, closed; and requests' own functions."""
import gc
import os
import threading

import requests

url = "http://" + os.environ["TEST_HTTP"]
kept = []


def keep():
    session = requests.Session()  # opened here
    session.get(url + "/together/10")
    kept.append(session)


def drop():
    session = requests.session()  # opened here
    session.get(url + "/together/10")


def close():
    with requests.Session() as session:
        session.get(url + "/together/10")
    session = requests.Session()
    session.get(url + "/")
    session.close()
    requests.get(url + "/")
    with requests.Session() as session, session.get(url + "/", stream=True) as answer:
        answer.raw.read()


def refuse():
    try:
        requests.Session().get("http://127.0.0.1:1/")  # opened here
    except requests.ConnectionError as error:
        print(type(error).__name__)


for function in keep, drop, close:
    threads = [threading.Thread(target=function) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
refuse()
gc.collect()
print(len(kept))
