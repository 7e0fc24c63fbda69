"""Code that executes itself, in a thread whose stack has room for it, but for little more."""
import threading

DEPTH = 400
code = compile("count[0] += 1\nif count[0] < DEPTH: exec(code, names)", "deep.py", "exec")
names = {"DEPTH": DEPTH, "code": code, "count": [0]}
names["names"] = names
threading.stack_size(256 * 1024)
thread = threading.Thread(target=lambda: exec(code, names))
thread.start()
thread.join()
print(names["count"])
