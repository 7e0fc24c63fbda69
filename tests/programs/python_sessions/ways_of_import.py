"""http.client is imported in a way of its own, and its sessions are known all the same.

    ways_of_import.py lazy | again | by_hand | in_a_zip | before_exit_functions
"""
import atexit
import importlib.util
import os
import sys
import tempfile
import zipfile


def lazy():
    spec = importlib.util.find_spec("http.client")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = sys.modules["http.client"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def again():
    import http.client

    importlib.reload(http.client)
    return http.client


def by_hand():
    spec = importlib.util.find_spec("http.client")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_a_zip():
    with tempfile.TemporaryDirectory() as folder:
        archive = os.path.join(folder, "own.zip")
        with zipfile.ZipFile(archive, "w") as pack:
            for package in ("own", "own/http"):
                pack.writestr(package + "/__init__.py", "")
            pack.write(importlib.util.find_spec("http.client").origin, "own/http/client.py")
        sys.path.insert(0, archive)
        import own.http.client

        return own.http.client


# The functions for its end, ours among them, run early, and once more at the end.
def before_exit_functions():
    import http.client

    atexit._run_exitfuncs()
    return http.client


client = globals()[sys.argv[1]]()
kept = []


def keep():
    connection = client.HTTPConnection(os.environ["TEST_HTTP"])  # opened here
    connection.request("GET", "/")  # opened here
    connection.getresponse().read()
    kept.append(connection)


for _ in range(2):
    keep()
print(len(kept))
