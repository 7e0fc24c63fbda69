"""Imports modules that have the names of the watched ones, and are not what they are thought to be."""
import os
import sys
import tempfile
import types

fakes = {
    "nothing": "",
    "none": "ClientSession = Session = Client = AsyncClient = PoolManager = Redis = Connection = connect = None",
    "function": """
def ClientSession(*arguments): return ("mine", arguments)
Session = Client = AsyncClient = PoolManager = Redis = Connection = connect = ClientSession
""",
    "plain": """
class ClientSession:
    def __init__(self, *arguments): self.arguments = arguments
Session = Client = AsyncClient = PoolManager = Redis = Connection = connect = ClientSession
""",
    "slots": """
class ClientSession:
    __slots__ = ("arguments",)
    def __init__(self, *arguments): self.arguments = arguments
    def close(self): return "closed"
Session = Client = AsyncClient = PoolManager = Redis = Connection = connect = ClientSession
""",
    "guarded": """
class Meta(type):
    def __setattr__(cls, name, value): raise AttributeError("mine is not to be changed")
    def __getattribute__(cls, name):
        if name == "close": print("somebody looks at close")
        return super().__getattribute__(name)
class ClientSession(metaclass=Meta):
    def __init__(self, *arguments): object.__setattr__(self, "arguments", arguments)
    def __setattr__(self, name, value): raise AttributeError("nor this")
    def __getattribute__(self, name): print("somebody asks for", name); return object.__getattribute__(self, name)
    def __eq__(self, other): raise ValueError("not to be compared")
    def __hash__(self): raise ValueError("not to be hashed")
    def __bool__(self): raise ValueError("neither true nor false")
    def __repr__(self): raise ValueError("not to be seen")
    def close(self): return "closed"
Session = Client = AsyncClient = PoolManager = Redis = Connection = connect = ClientSession
""",
    "lazy": """
def __getattr__(name):
    print("somebody asks for", name)
    if name.startswith("__"): raise AttributeError(name)
    return lambda *arguments: (name, arguments)
""",
    "static": """
class ClientSession:
    __init__ = lambda self, *arguments: None
    close = staticmethod(lambda: "closed")
    request = _request = property(lambda self: "a request")
    send = classmethod(lambda cls: "sent")
    __del__ = None
Session = Client = AsyncClient = PoolManager = Redis = Connection = connect = ClientSession
""",
    "imported": """
from elsewhere import ClientSession
Session = Client = AsyncClient = PoolManager = HTTPConnectionPool = Redis = Connection = ClientSession
_connect = connect = ClientSession
""",
    "own_connect": """
def _connect(*arguments): return ("mine", arguments)
def connect(*arguments): return _connect(*arguments)
ClientSession = Session = _connect
""",
    "failing": "ClientSession = Session = 1\nraise ImportError('of mine')",
    "replaced": """
import sys
class Other:
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return "of another"
sys.modules[__name__] = Other()
""",
}
modules = {
    "aiohttp": ["client", "connector"],
    "requests": ["sessions"],
    "httpx": ["_client"],
    "urllib3": ["poolmanager", "connectionpool"],
    "psycopg2": ["_psycopg", "extensions"],
    "asyncpg": ["connection"],
    "redis": ["client", "asyncio", "asyncio.client"],
}
# What a file of a watched name only imports is none of its classes.
elsewhere = """
class Meta(type):
    def __setattr__(cls, name, value):
        print("somebody sets", name)
        super().__setattr__(name, value)
class ClientSession(metaclass=Meta):
    def __init__(self, *arguments): self.arguments = arguments
    def __del__(self): print("deleted")
    def request(self, *arguments): return "requested"
    def close(self): return "closed"
"""


def write(folder, name, source):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(source)


def use(kind, name):
    try:
        __import__(name)
        module = sys.modules[name]
        print(kind, name, sorted(key for key in vars(module) if not key.startswith("__")))
        for cls in "ClientSession", "Session", "connect":
            made = getattr(module, cls)("argument")
            print(kind, name, cls, type(made).__name__, object.__getattribute__(made, "close")())
    except Exception as error:
        print(kind, name, type(error).__name__, str(error).split(" at 0x")[0])


# As they are called, and in a package of the program's.
for kind, source in fakes.items():
    for prefix in "", "own.":
        with tempfile.TemporaryDirectory() as folder:
            sys.path.insert(0, folder)
            write(folder, "elsewhere.py", elsewhere)
            if prefix:
                write(folder, "own/__init__.py", "")
            for package, below in modules.items():
                names = [prefix + package] + [f"{prefix}{package}.{part}" for part in below]
                for name in names:
                    is_package = any(other.startswith(name + ".") for other in names)
                    path = name.replace(".", "/")
                    write(folder, path + ("/__init__.py" if is_package else ".py"), source)
                for name in names:
                    use(kind, name)
                for name in list(sys.modules):
                    if name.split(".")[0] in (*modules, "own", "elsewhere"):
                        del sys.modules[name]
            sys.path.remove(folder)

# A module without a file, which a program puts there itself.
made = types.ModuleType("aiohttp")
made.ClientSession = type("ClientSession", (), {})
sys.modules["aiohttp"] = made
import aiohttp

print(aiohttp is made, vars(aiohttp.ClientSession()), list(vars(aiohttp.ClientSession)))
sys.modules["requests"] = None
try:
    import requests
except ImportError as error:
    print(error)
