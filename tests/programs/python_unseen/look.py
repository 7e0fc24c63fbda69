"""Prints all that can be seen of the watched classes and their methods without using them."""
import asyncio
import dis
import gc
import hashlib
import inspect
import io
import logging
import pickle
import pydoc
import re
import signal
import sys
import threading
import types
import typing
import warnings

from classes import functions, watched


def short(value):
    text = re.sub("0x[0-9a-f]+", "ADDRESS", repr(value))
    return hashlib.sha256(text.encode()).hexdigest()[:12] if len(text) > 300 else text


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__


def disassembled(code):
    text = io.StringIO()
    dis.dis(code, file=text)
    return hashlib.sha256("".join(line.split(" at 0x")[0] for line in text.getvalue().splitlines()).encode()).hexdigest()[:12]


def look_at_function(name, function):
    def tell(*facts):
        print(name, *facts)

    tell("type", type(function).__name__, isinstance(function, types.FunctionType), inspect.isfunction(function),
         inspect.isroutine(function), inspect.ismethoddescriptor(function), inspect.isbuiltin(function), callable(function))
    tell("coroutine", inspect.iscoroutinefunction(function), asyncio.iscoroutinefunction(function),
         inspect.isgeneratorfunction(function), inspect.isasyncgenfunction(function))
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__", "__text_signature__", "__defaults__", "__kwdefaults__",
                      "__annotations__", "__dict__", "__closure__", "__builtins__"):
        tell(attribute, short(str(getattr(function, attribute, "absent"))) if attribute != "__builtins__" else
             hasattr(function, attribute))
    tell("wrapped", hasattr(function, "__wrapped__"), attempt(inspect.unwrap, function) is function)
    tell("signature", short(attempt(lambda: str(inspect.signature(function)))))
    tell("full arguments", short(str(attempt(inspect.getfullargspec, function))))
    tell("hints", short(str(attempt(typing.get_type_hints, function))))
    tell("source", short(attempt(inspect.getsource, function)), attempt(inspect.getsourcefile, function),
         short(str(attempt(inspect.getcomments, function))))
    tell("repr", repr(function).split(" at 0x")[0])
    tell("attributes", short(str(dir(function))))
    tell("pickled", short(attempt(pickle.dumps, function)))
    tell("globals", getattr(function, "__globals__", {}).get("__name__"))
    code = getattr(function, "__code__", None)
    if code is not None:
        for attribute in ("co_name", "co_qualname", "co_filename", "co_firstlineno", "co_flags", "co_argcount", "co_varnames",
                          "co_names", "co_freevars", "co_cellvars", "co_stacksize", "co_nlocals"):
            tell(attribute, short(getattr(code, attribute)))
        tell("bytecode", short(code.co_code), len(code.co_consts), short(list(code.co_lines())), disassembled(code))


def look_at_class(name, cls):
    def tell(*facts):
        print(name, *facts)

    tell("repr", cls, type(cls), cls.__name__, cls.__qualname__, cls.__module__)
    tell("order of resolution", cls.__mro__)
    tell("dictionary", list(cls.__dict__))
    tell("subclasses", sorted(str(each) for each in cls.__subclasses__()))
    tell("attributes", short(dir(cls)))
    tell("slots", getattr(cls, "__slots__", None))
    tell("layout", cls.__basicsize__, cls.__itemsize__, hex(cls.__flags__), cls.__dictoffset__, cls.__weakrefoffset__)
    tell("signature", short(attempt(lambda: str(inspect.signature(cls)))))
    tell("hints", short(str(attempt(typing.get_type_hints, cls))))
    tell("source", short(attempt(inspect.getsource, cls)))
    tell("help", short(attempt(pydoc.render_doc, cls)))
    tell("pickled", pickle.dumps(cls))
    tell("special", cls.__init__ is object.__init__, cls.__new__ is object.__new__, hasattr(cls, "__del__"),
         cls.__getattribute__ is object.__getattribute__, cls.__setattr__ is object.__setattr__, hasattr(cls, "__getattr__"),
         hasattr(cls, "__finalize__"), getattr(cls, "__class_getitem__", None) is not None)
    tell("classified", [attribute.name + " " + attribute.kind for attribute in inspect.classify_class_attrs(cls)
                        if attribute.defining_class is cls])
    for key, value in cls.__dict__.items():
        if isinstance(value, (classmethod, staticmethod)):
            tell(key, type(value).__name__)
            value = value.__func__
        elif isinstance(value, property):
            tell(key, "property", short(str(value.__doc__)))
            value = value.fget
        if callable(value):
            look_at_function(f"{name}.{key}", value)
            tell(key, "got", getattr(cls, key) is value, type(getattr(cls, key)).__name__,
                 type(inspect.getattr_static(cls, key)).__name__)


for name, cls in watched.items():
    look_at_class(name, cls)
for name, function in functions.items():
    look_at_function(name, function)

# And what there is of the interpreter.
print("modules", sorted(sys.modules))
print("built in", short(dir(__import__("builtins"))), sorted(name for name in dir(sys) if not name.startswith("_")))
print("importers", sys.meta_path, [str(hook).split(" at 0x")[0] for hook in sys.path_hooks], sys.path)
print("hooks", sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook, sys.gettrace(), sys.getprofile(),
      threading.gettrace(), threading.getprofile(), sys.getrecursionlimit(), sys.getswitchinterval(), gc.callbacks)
print("open", warnings.filters == sys.modules["_warnings"].filters, len(warnings.filters), warnings.showwarning, warnings.warn,
      warnings.formatwarning)
print("logging", logging.lastResort, logging.getLogger().handlers, sorted(logging.root.manager.loggerDict),
      logging.getLogger("asyncio").handlers, logging.getLogger("asyncio").filters, logging.Logger.__init__)
print("loops", type(asyncio.get_event_loop_policy()), asyncio.BaseEventLoop.default_exception_handler,
      asyncio.BaseEventLoop.call_exception_handler)
look_at_function("default_exception_handler", asyncio.BaseEventLoop.default_exception_handler)
look_at_function("call_exception_handler", asyncio.BaseEventLoop.call_exception_handler)
look_at_function("Logger.callHandlers", logging.Logger.callHandlers)
look_at_function("warnings.showwarning", warnings.showwarning)
print("threads", threading.enumerate(), len(sys._current_frames()))
print("signals", [(number, signal.getsignal(number)) for number in signal.valid_signals() if signal.getsignal(number)])
print("collector", gc.get_threshold(), gc.isenabled(), gc.get_debug(), gc.garbage, gc.get_freeze_count())
