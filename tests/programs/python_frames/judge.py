"""Runs a program, and notes the frames of each socket that it makes, as Python knows them.

    judge.py EXPECTED PROGRAM

The interpreter raises an audit event where a socket is made. What is written to EXPECTED at the
end has a line for each: its frames as file:line:function, innermost first.
"""
import atexit
import os
import runpy
import sys

expected = open(sys.argv[1], "w", buffering=1)
depth = int(os.environ.get("FRAMES", "32"))


def note(event, arguments):
    if event != "socket.__new__":
        return
    frames = []
    frame = sys._getframe(1)
    if frame.f_back.f_code.co_qualname in ("socket.accept", "socketpair"):
        return  # an object for a descriptor that was there before
    while frame and len(frames) < depth:
        code = frame.f_code
        frames.append(f"{code.co_filename}:{frame.f_lineno or 0}:{code.co_qualname}")
        frame = frame.f_back
    expected.write(" ".join(frames) + "\n")


sys.addaudithook(note)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
os._exit(0)  # the interpreter's own end would close what was left open
