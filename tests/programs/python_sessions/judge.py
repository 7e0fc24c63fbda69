"""Compares the leaks of a report with what is expected of it.

    judge.py REPORT MODE PROGRAM <EXPECTATIONS

REPORT is one in JSON. An expectation is a line: COUNT KIND FUNCTION OUTCOME [KEY=VALUE...]. FUNCTION
is that of the first frame in the folder of PROGRAM, and its line there has the comment "opened here"
(a FUNCTION with a "?" at its end need not have it). The outcome "kept" is "closed" in auto-close
and "shutdown" elsewhere; "left" may be "open" there, too; "spared" is the same, but "skipped" in
auto-close, as a daemon thread runs; "stuck" is "failed" there, and "nested", which
ends the process as it is closed, "skipped"; "*" is any. The keys:
peers=ADDRESS:COUNT,... or none, in_use=N, peak=N, owns=KIND:COUNT,... There may be no other leaks
than these, listening sockets aside.
"""
import json
import os
import sys


def lists(entries, name):
    return ",".join(sorted(f"{entry[name]}:{entry['count']}" for entry in entries)) or "none"


def describe(leak, folder, wrong):
    """The words of an expectation that has all keys."""
    where = f"{leak['count']} {leak['kind']}"
    frames = [frame for frame in leak["stack"] if frame["language"] == "python"]
    for frame in frames:
        if not (os.path.exists(frame["file"]) or ".zip/" in frame["file"] or frame["file"].startswith("<frozen ")):
            wrong.append(f"{where}: a frame of {frame['file']}")
    own = [frame for frame in frames if os.path.dirname(frame["file"]) == folder]
    function, marked = "-", True
    if own:
        function = own[0]["function"]
        with open(own[0]["file"]) as source:
            marked = "# opened here" in source.readlines()[own[0]["line"] - 1]
    counts = ["opened_here", "closed_here", "peak"]
    if leak["kind"] not in ("socket", "curl.easy"):
        counts.append("peak_in_use")
    for key in counts:
        if not isinstance(leak.get(key), int):
            wrong.append(f"{where}: {key} is {leak.get(key)}")
    if leak["opened_here"] < leak["count"] or leak["peak"] > leak["opened_here"]:
        wrong.append(f"{where}: opened_here {leak['opened_here']}, peak {leak['peak']}")
    words = [str(leak["count"]), leak["kind"], function, leak["outcome"]]
    keys = {
        "peers": lists(leak["peers"], "address"),
        "owns": lists(leak["owns"], "kind"),
        "in_use": str(leak.get("peak_in_use")),
        "peak": str(leak["peak"]),
    }
    return words, keys, marked


def fits(expected, words, keys, marked, mode):
    head, rest = expected[:4], dict(word.split("=", 1) for word in expected[4:])
    if head[2].endswith("?"):
        head = head[:2] + [head[2][:-1]] + head[3:]
    elif not marked:
        return False
    closed = mode == "auto-close"
    outcomes = {
        "kept": ["closed"] if closed else ["shutdown"],
        "left": ["closed"] if closed else ["open", "shutdown"],
        "spared": ["skipped"] if closed else ["open", "shutdown"],
        "stuck": ["failed"] if closed else ["open"],
        "nested": ["skipped"] if closed else ["open"],
        "*": [words[3]],
    }
    return head[:3] == words[:3] and words[3] in outcomes.get(head[3], [head[3]]) and all(keys[key] == value for key, value in rest.items())


def main():
    path, mode, program = sys.argv[1:]
    expectations = [line.split() for line in sys.stdin.read().splitlines() if line.strip()]
    leaks, wrong = [], []
    if os.path.exists(path):
        with open(path) as file:
            for line in file:
                leaks += json.loads(line)["leaks"]
    leaks = [leak for leak in leaks if leak.get("counts", True)]
    for leak in leaks:
        words, keys, marked = describe(leak, os.path.dirname(os.path.abspath(program)), wrong)
        for expected in expectations:
            if fits(expected, words, keys, marked, mode):
                expectations.remove(expected)
                break
        else:
            more = " ".join(f"{key}={value}" for key, value in keys.items())
            wrong.append("reported: " + " ".join(words) + " " + more + ("" if marked else " at another line"))
    wrong += ["missing: " + " ".join(expected) for expected in expectations]
    print("\n".join(wrong))
    sys.exit(bool(wrong))


main()
