"""Makes a script smaller as long as it is as bad: delta debugging over its operations."""
import time

# Operations whose argument is a list, by its place.
LISTS = {"thread": 1, "join": 1, "cancel": 1, "key": 1, "at_exit": 1, "at_quick": 1, "on_exit": 1, "on_signal": 2, "late": 1,
         "fork": 1, "daemon": 1, "vfork": 1, "exec": 1, "static": 1}

# Those that open a gate.
POSTS = ("post", "forever_in_stdio", "write_files")


def operations(script):
    """(list, operation), in order; `static` is in list -1."""
    found, number = [], 0
    for line in script.splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if words[0] == "list":
            number = int(words[1])
        else:
            found.append((-1 if words[0] == "static" else number, line))
    return found


def text_of(parts):
    lines = [line for number, line in parts if number == -1]
    for wanted in sorted({number for number, _ in parts if number >= 0} | {0}):
        lines += [f"list {wanted}", *(line for number, line in parts if number == wanted)]
    return "\n".join(lines) + "\n"


def in_use(parts):
    """Less the lists that nothing refers to any more."""
    while True:
        used = {0} | {int(line.split()[LISTS[line.split()[0]]]) for _, line in parts if line.split()[0] in LISTS}
        rest = [part for part in parts if part[0] in used or part[0] == -1]
        if len(rest) == len(parts):
            return rest
        parts = rest


def can_run(parts):
    """False for what would wait for ever, or join a thread that was not started."""
    lines = [line.split() for _, line in parts]
    posted = {words[1] for words in lines if words[0] in POSTS}
    started = {words[1] for words in lines if words[0] == "thread"}
    return all(words[1] in posted for words in lines if words[0] == "await") and \
        all(words[1] in started for words in lines if words[0] in ("join", "cancel"))


def shrink(script, is_as_bad, seconds):
    """The smallest script found in this time."""
    parts, end, tried = in_use(operations(script)), time.monotonic() + seconds, set()

    def is_good(candidate):
        text = text_of(candidate)
        if text in tried or not can_run(candidate):
            return False
        tried.add(text)
        return is_as_bad(text)

    size = max(1, len(parts) // 2)
    while time.monotonic() < end:
        is_smaller, start = False, 0
        while start < len(parts) and time.monotonic() < end:
            candidate = in_use(parts[:start] + parts[start + size:])
            candidate = [part for part in candidate if not is_orphaned(part, candidate)]
            if len(candidate) < len(parts) and is_good(candidate):
                parts, is_smaller = candidate, True
            else:
                start += size
        if size == 1 and not is_smaller:
            break
        size = max(1, size // 2)
    return text_of(parts)


def is_orphaned(part, parts):
    """True if a wait's thread, or a thread's wait, was taken out."""
    words = part[1].split()
    if words[0] == "await":
        return not any(line.split()[0] in POSTS and line.split()[1] == words[1] for _, line in parts)
    if words[0] in ("join", "cancel"):
        return not any(line.split()[:2] == ["thread", words[1]] for _, line in parts)
    return False
