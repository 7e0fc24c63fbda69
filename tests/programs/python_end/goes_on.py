"""Runs the functions of the interpreter's end, and goes on: what it closes then is no leak."""
import atexit
import socket

one = socket.socket()
another = socket.socket()
atexit._run_exitfuncs()
one.close()
import json.tool  # which the interpreter tells of

another.close()
