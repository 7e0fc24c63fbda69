"""Compares what a watched run did with the plain runs, and its report with its ledger.

All that may differ is in ALLOWED."""
import collections
import json
import os
import re
import signal
import struct
import subprocess

ALLOWED = """
Under auto-close a peer may hear a proper end where it plainly hears a reset: what had come and
was not read is read first, so that a goodbye arrives.
With exitcode=N a status of 0 becomes N where the report counts something.
On stderr stands the report, except in silence.
How often a heartbeat was sent is not compared, nor what those workers did who take handles out of
a queue as long as they can, nor connections that say nothing.
What another thread opens or closes after the end has begun, and what is in the middle of an
opening or closing then, may be in the report or not, nor need a session's sockets be with it;
what such a thread still does while the process ends is compared all the same.
A socket that was closed unseen, and whose number is another thread's new socket of the same sort
before the library knows of that one, may be reported in its place.
A process that a signal kills, or that ends by a system call of its own, need not report.
What a child that is alive at its parent's end has inherited may be counted or not; of a child
that waits for this end (a daemon) it is known of sockets: they are the child's.
"""

SITES, ROWS = 96, 64
HEADER, ROW = struct.Struct("8i"), struct.Struct(f"8i{5 * SITES}i")
HOW_NONE, HOW_EXIT, HOW_UNDERSCORE, HOW_QUICK, HOW_ABORT, HOW_EXEC, HOW_KILLED = range(7)
COUNTED = ("open", "closed", "skipped", "failed")


# ---- what was done ----

def without_report(text):
    text = re.sub(rb"^==\d+==[A-Z]*: sessguard: .*; report in .*\n", b"", text, flags=re.M)
    text = re.sub(rb"^==\d+==[A-Z]*: sessguard: (.|\n)*?^SUMMARY: sessguard: .*\n", b"", text, flags=re.M)
    text = re.sub(rb"^(==\d+==)?sessguard: .*\n", b"", text, flags=re.M)
    # With verbosity=1 what does not count is listed after a heading that it is clean.
    text = re.sub(rb"^\n\d+ [a-z.]+ .*opened here:.*\n(  .*\n)*", b"", text, flags=re.M)
    return re.sub(rb"^\n?SUMMARY: sessguard: .*\n", b"", text, flags=re.M)


def heard(peers, mode):
    """In auto-close a proper end is as good as a reset."""
    ends = {"reset": "end"} if mode == "auto-close" else {}
    return sorted((data.replace(b"z", b""), ends.get(end, end)) for data, end in peers
                  if data and b"a worker" not in data)


def deeds(result, mode, exitcode=0, counted=0):
    """Name and value of all that is compared."""
    status = result.status
    if exitcode and counted and status == exitcode << 8:
        status = 0
    return {
        "hang": result.hangs,
        "status": status,
        "stdout": result.stdout,
        "stderr": without_report(result.stderr) if mode in ("warn", "auto-close") else result.stderr,
        "stdin": result.stdin,
        "files": result.files,
        "peers": heard(result.peers, mode),
        "crashes": result.crashes,
    }


def compare(plain, watched, mode, exitcode=0, counted=0):
    """The names of what differs, with a text each."""
    left, right = deeds(plain, mode), deeds(watched, mode, exitcode, counted)
    return {name: f"{left[name]!r:.600} became {right[name]!r:.600}" for name in left if left[name] != right[name]}


# ---- what was left open ----

class Row:
    def __init__(self, words):
        self.pid, self.parent, self.how, _, self.is_waited_for, self.is_daemon = words[:6]
        ranges = [words[i:i + 2] for i in range(8, 8 + 4 * SITES, 2)]
        self.open, self.inherited, self.had = ranges[:SITES], ranges[SITES:], words[8 + 4 * SITES:]


def rows_of(ledger):
    count = min(HEADER.unpack_from(ledger)[0], ROWS)
    return [Row(ROW.unpack_from(ledger, HEADER.size + n * ROW.size)) for n in range(count)]


def kinds_of(script):
    """Site: the operation that opens there."""
    kinds = {"easy": "curl.easy", "easy_copy": "curl.easy", "multi": "curl.multi", "share": "curl.share"}
    sites = {}
    for line in script.splitlines():
        words = line.split()
        if words and words[0] in ("tcp", "udp", "unix", "pair", "peer", "accepted", "copy", "over", *kinds):
            sites[int(words[1])] = kinds.get(words[0], "socket"), words[0], int(words[3]) if len(words) > 3 else 0
    return sites


def closed_unseen(script):
    """The sites of what is closed by a system call of the program's own."""
    slots = {line.split()[1] for line in script.splitlines() if line.startswith("close_raw ")}
    return {int(words[1]) for words in map(str.split, script.splitlines())
            if len(words) > 2 and words[2] in slots and kinds_of(" ".join(words))}


def is_inherited_by_exec(kind, operation, flag):
    return kind == "socket" and (operation in ("copy", "over") or not flag)


def is_unsure(row, result):
    """True if the process need not have reported."""
    if row.pid != result.pid or result.status is None:
        return row.how in (HOW_KILLED, HOW_NONE)
    if os.WIFSIGNALED(result.status):
        return row.how != HOW_ABORT or os.WTERMSIG(result.status) != signal.SIGABRT
    return row.how == HOW_KILLED


def own(row, rows, site, kind):
    """What a process has itself opened and not closed, less what children have from it."""
    least, most = row.open[site]
    heirs = [child for child in rows if child.had[site] and not child.is_waited_for and child.pid != row.pid]
    for child in heirs:
        least -= child.had[site]
    if kind == "socket" and len(heirs) == 1 and heirs[0].is_daemon:
        most -= heirs[0].had[site]
    return max(0, least), max(0, most)


def left_over(row, rows, site, kind):
    """What a process has inherited and is the last to have."""
    least, most = row.inherited[site]
    if row.is_waited_for:
        return 0, 0
    is_only_one = kind == "socket" and row.is_daemon and len([child for child in rows if child.had[site]]) == 1
    return max(0, least) if is_only_one else 0, max(0, most)


def expected(result, script):
    """(pid, site): least and most that is reported of it, over all programs that the process was."""
    rows, unseen = rows_of(result.ledger), closed_unseen(script)
    wanted = collections.defaultdict(lambda: [0, 0])
    for row in rows:
        is_opening = any(least != most for least, most in row.open)
        for site, (kind, operation, flag) in kinds_of(script).items():
            if row.how == HOW_EXEC and is_inherited_by_exec(kind, operation, flag):
                continue
            (least, most), (least_left, most_left) = own(row, rows, site, kind), left_over(row, rows, site, kind)
            wanted[row.pid, site][0] += 0 if is_unsure(row, result) else least + least_left
            wanted[row.pid, site][1] += most + most_left + (is_opening and site in unseen)
    return wanted


class Symbols:
    """Names of the actor's functions."""

    def __init__(self, actor):
        text = subprocess.run(["nm", "-n", "--defined-only", actor], stdout=subprocess.PIPE, check=True).stdout.decode()
        self.functions = [(int(line.split()[0], 16), line.split()[2]) for line in text.splitlines()
                          if line.split()[1] in "tT"]
        self.actor = os.path.realpath(actor)

    def site_of(self, stack):
        for frame in stack:
            name = frame.get("function")
            if not name and frame.get("module") and os.path.realpath(frame["module"]) == self.actor:
                name = self.at(int(frame["offset"], 16))
            found = re.fullmatch(r"site_(\d+)", name or "")
            if found:
                return int(found.group(1))
        return None

    def at(self, offset):
        name = None
        for start, function in self.functions:
            if start > offset:
                break
            name = function
        return name


def reported(result, symbols):
    """(pid, site): (kind, count), and how many leaks are counted in the main process's last report."""
    found, counted, strays = collections.defaultdict(int), 0, []
    for line in result.report.splitlines():
        report = json.loads(line)
        if report["pid"] == result.pid:
            counted = report["totals"]["leaked"]
        for leak in report["leaks"]:
            if leak["outcome"] not in COUNTED:
                continue
            site = symbols.site_of(leak["stack"])
            if site is None:
                strays.append(f"{leak['count']} {leak['kind']} of no known place")
            else:
                found[report["pid"], site, leak["kind"]] += leak["count"]
    return found, counted, strays


def is_in_libcurl(result, script):
    """True if a thread was in the middle of opening or closing a handle: its sockets belong to no session then."""
    handles = [site for site, (kind, _, _) in kinds_of(script).items() if kind != "socket"]
    return any(row.open[site][0] != row.open[site][1] for row in rows_of(result.ledger) for site in handles)


def judge_report(result, script, symbols):
    """How many leaks are counted, and the names of what is wrong with the report, with a text each."""
    sites = kinds_of(script)
    try:
        found, counted, strays = reported(result, symbols)
    except (ValueError, KeyError) as error:
        return 0, {"report cannot be read": f"{error!r} {result.report!r:.200}"}
    wrong = collections.defaultdict(list)
    if strays and not is_in_libcurl(result, script):
        wrong["report has what was opened nowhere"] = strays
    for (pid, site), (least, most) in sorted(expected(result, script).items()):
        kind, operation, _ = sites[site]
        count = found.pop((pid, site, kind), 0)
        if not least <= count <= most:
            name = f"report of {who(pid, result)} has too {'few' if count < least else 'many'}"
            bounds = str(least) if least == most else f"{least} to {most}"
            wrong[name].append(f"{count} {kind} of site_{site} ({operation}), of which {bounds} stayed open")
    for (pid, site, kind), count in sorted(found.items()):
        wrong[f"report of {who(pid, result)} has too many"].append(f"{count} {kind} of site_{site}, which it did not open")
    return counted, {name: "; ".join(texts) for name, texts in wrong.items()}


def who(pid, result):
    return "the program" if pid == result.pid else "a child"
