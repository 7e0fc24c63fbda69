# Measures the row python_socket, as bench does, in Python.
#
#   python_socket.py SWITCH -p PAIRS
#   python_socket.py SWITCH -a on|off [ROW]     one batch in that state only
import ctypes
import random
import socket
import sys
import time

OPERATIONS = 100


def batch():
    start = time.monotonic_ns()
    for _ in range(OPERATIONS):
        opened = socket.socket()
        opened.close()
    return (time.monotonic_ns() - start) / OPERATIONS


def measure(is_on):
    switch.switch_to(ctypes.c_bool(is_on))
    return batch()


def measure_pair(first_is_on):
    if order.random() < 0.5:
        return measure(first_is_on), measure(False)
    second = measure(False)
    return measure(first_is_on), second


switch = ctypes.CDLL(sys.argv[1])
if switch.switch_start() == 0:
    sys.exit("nothing to switch: is the library preloaded?")
if sys.argv[2] == "-a":
    measure(sys.argv[3] == "on")
    sys.exit()
order = random.Random(1)
for _ in range(int(sys.argv[3])):
    print(*measure_pair(True), *measure_pair(False))
switch.switch_to(ctypes.c_bool(True))
