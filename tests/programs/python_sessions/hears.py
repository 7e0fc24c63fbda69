"""What a program hears of aiohttp's sessions that nobody closed, in one of the ways to listen.

    hears.py WAY
"""
import asyncio
import contextlib
import gc
import io
import logging
import os
import sys
import warnings

import aiohttp

way = sys.argv[1]
kept = []
heard = []


def tell(*words):
    print(*words, flush=True)


class Handler(logging.Handler):
    def emit(self, record):
        heard.append((record.name, record.levelname, record.pathname, record.lineno, record.funcName,
                      record.getMessage().split(" at 0x")[0], record.exc_info, sorted(vars(record))))


def loop_handler(loop, context):
    heard.append((loop.is_closed(), list(context), context["message"], [type(value).__name__ for value in context.values()],
                  [(frame.filename, frame.lineno, frame.name) for frame in context.get("source_traceback", ())]))


async def drop():
    session = aiohttp.ClientSession()
    async with session.get(f"http://{os.environ['TEST_HTTP']}/") as answer:
        await answer.read()


async def fail():
    raise ValueError("nobody asks for it")


async def main():
    asyncio.get_running_loop().slow_callback_duration = 3600  # of a busy machine nothing is said
    if way.startswith("loop_handler"):
        asyncio.get_running_loop().set_exception_handler(loop_handler)
    for _ in range(3):
        await drop()
    if way == "keep":
        kept.append(aiohttp.ClientSession())
    # What Python says of other mistakes goes where it always goes.
    asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()


def run():
    asyncio.run(main())
    gc.collect()


if way == "basic_config":
    logging.basicConfig(format="%(name)s %(levelname)s %(funcName)s:%(lineno)d %(message)s")
elif way == "root_handler":
    logging.getLogger().addHandler(Handler())
elif way == "asyncio_handler":
    logging.getLogger("asyncio").addHandler(Handler())
elif way == "asyncio_handler_only":
    logging.getLogger("asyncio").addHandler(Handler())
    logging.getLogger("asyncio").propagate = False
elif way == "filter":
    logging.getLogger("asyncio").addFilter(lambda record: heard.append(record.funcName) or True)
elif way == "null_handler":
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
elif way == "last_resort":
    logging.lastResort = Handler()
elif way == "no_last_resort":
    logging.lastResort = None
elif way == "disabled":
    logging.disable(logging.CRITICAL)
elif way == "capture_warnings":
    logging.captureWarnings(True)
    warnings.simplefilter("always")
    logging.basicConfig(format="%(name)s %(message)s", stream=sys.stdout)
elif way == "record_factory":
    factory = logging.getLogRecordFactory()
    logging.setLogRecordFactory(lambda *args, **more: heard.append(args[:4]) or factory(*args, **more))
elif way == "logger_class":
    class Logger(logging.Logger):
        def makeRecord(self, *args, **more):
            heard.append(args[:4])
            return super().makeRecord(*args, **more)

    logging.getLogger("asyncio").__class__ = Logger
elif way == "show_warning":
    warnings.simplefilter("always")
    warnings.showwarning = lambda message, category, *place: heard.append((str(message).split(" at 0x")[0], category, place[:2]))
elif way == "unraisable":
    warnings.simplefilter("error")
    sys.unraisablehook = lambda event: heard.append((event.exc_type, event.err_msg, getattr(event.object, "__qualname__", None)))

if way == "catch_warnings":
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    heard += [(str(entry.message).split(" at 0x")[0], entry.category, entry.filename, entry.lineno, type(entry.source))
              for entry in caught]
elif way == "redirected":
    with contextlib.redirect_stderr(io.StringIO()) as text:
        run()
    heard.append("nobody asks for it" in text.getvalue())
else:
    run()
for words in heard:
    tell(words)
tell(len(heard), "heard;", logging.getLogger("asyncio").handlers != [], len(logging.getLogger().handlers), logging.lastResort)
