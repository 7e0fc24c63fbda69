"""Says where a report and the judge do not agree.

    compare.py EXPECTED REPORT
"""
import collections
import json
import sys


def frames_of(leak):
    return " ".join(
        f"{frame['file']}:{frame['line'] or 0}:{frame['function']}"
        for frame in leak["stack"]
        if frame["language"] == "python"
    )


def take(counter, stack, count, is_cut):
    """Takes as many of these from what is expected, and says how many there were not.

    Of a stack that is cut, as C frames have their part of the depth, the beginning is there.
    """
    for other in [stack] if not is_cut else [key for key in counter if (key + " ").startswith(stack + " ")]:
        taken = min(count, counter[other])
        counter[other] -= taken
        count -= taken
    return count


expected = collections.Counter(line.rstrip("\n") for line in open(sys.argv[1]))
with open(sys.argv[2]) as file:
    leaks = json.loads(file.read().splitlines()[-1])["leaks"]
total = sum(expected.values())
stacks = len(expected)
wrong = 0
for leak in sorted(leaks, key=lambda leak: "cut" in leak):  # what is whole comes first
    frames = frames_of(leak)
    # These are made without an event.
    if leak["kind"] != "socket" or frames.split(" ", 1)[0].endswith((":socket.accept", ":socketpair")):
        continue
    left = take(expected, frames, leak["count"], "cut" in leak)
    if left:
        wrong += left
        print(f"not expected: {left} times {frames[:800]}")
for stack, count in expected.items():
    if count:
        wrong += count
        print(f"not reported: {count} times {stack[:800]}")
print(f"{total} sockets at {stacks} stacks, {wrong} of them wrong")
sys.exit(wrong > 0)
