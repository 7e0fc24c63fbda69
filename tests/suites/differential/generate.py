"""Makes a program for the actor from a seed: a grammar of what programs do at their ends.

A script is a line for each operation; `list N` begins a list, `static N` names the list that
a static destructor runs. What is open is known from the ledger, not from here. A program
waits for its threads by gates, not by time, so that it does the same in each run."""
import random

SIGHUP, SIGINT, SIGABRT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM = 1, 2, 6, 10, 12, 14, 15
RLIMIT_NOFILE = 7
FIRST_SITE, SITES_END = 10, 90
MOST_OPERATIONS = 60


class Maker:
    """The program, as it grows. `into` is the list that operations are added to."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lists, self.into = {0: []}, 0
        self.numbers = {"site": FIRST_SITE, "slot": 0, "gate": 0, "object": 0, "queue": 0, "lock": 0, "print": 0}
        self.has_curl = self.random.random() < 0.45
        self.static = None
        self.is_forked = self.stays = self.is_limited = False
        self.open = {}  # list: slots that it has opened and not closed, with their kinds

    # ---- helpers ----

    def new(self, what, count=1):
        self.numbers[what] += count
        return self.numbers[what] - count

    def may(self, chance):
        return self.random.random() < chance

    def add(self, *words):
        if len(self.lists[self.into]) < MOST_OPERATIONS:
            self.lists[self.into].append(" ".join(str(word) for word in words))

    def in_list(self, *makers):
        """A new list, made by these, and its number."""
        before, self.into = self.into, max(self.lists) + 1
        self.lists[self.into] = []
        number = self.into
        for make in makers:
            make()
        self.into = before
        return number

    def some(self, makers, least, most):
        for _ in range(self.random.randint(least, most)):
            self.random.choice(makers)()

    def text(self):
        lines = [] if self.static is None else [f"static {self.static}"]
        for number, operations in self.lists.items():
            lines += [f"list {number}", *operations]
        return "\n".join(lines) + "\n"

    # ---- opening and closing ----

    def site(self):
        return self.new("site") if self.numbers["site"] < SITES_END - 3 else None

    def opened(self, kind=None):
        """Opens a descriptor; its slot, or None if there are too many places already."""
        site = self.site()
        if site is None:
            return None
        kind = kind or self.random.choice(["tcp", "udp", "unix", "pair", "peer", "peer", "accepted"])
        slot = self.new("slot", 2)
        self.add(kind, site, slot, int(self.may(0.6)))
        self.open.setdefault(self.into, []).append((slot, kind))
        return slot

    def descriptor(self):
        """Opens one, does something with it, and closes it or does not."""
        kind = self.random.choice(["tcp", "udp", "unix", "pair", "peer", "peer", "accepted"])
        slot = self.opened(kind)
        if slot is None:
            return
        if kind == "peer":
            self.some([lambda: self.add("tell", slot, self.random.choice([1, 100, 4000])),
                       lambda: self.add("ask", slot), lambda: None], 0, 3)
            if self.may(0.1):
                self.add("shutdown", slot, 1)
        if kind in ("tcp", "unix", "peer") and self.may(0.2):
            self.copies(slot)
        elif kind == "peer" and self.may(0.1):
            self.add("stream", slot)
            if self.may(0.5):
                self.add("close", slot)
            return
        if self.may(0.5):
            self.add("close" if self.may(0.8) else "close_raw", slot)
            if kind == "pair" and self.may(0.8):
                self.add("close", slot + 1)

    def copies(self, slot):
        site, copy = self.site(), self.new("slot")
        if site is None:
            return
        if self.may(0.5):
            self.add("copy", site, copy, slot)
        else:
            over = self.opened("unix")
            if over is not None:
                self.add("over", site, over, slot)
                copy = over
        if self.may(0.5):
            self.add("close", copy)

    def easy(self):
        site, slot = self.site(), self.new("slot")
        if site is None:
            return
        self.add("easy", site, slot, 1)
        if self.may(0.7):
            self.add("perform", slot)
        if self.may(0.2):
            other, copy = self.site(), self.new("slot")
            if other is not None:
                self.add("easy_copy", other, copy, slot)
                if self.may(0.5):
                    self.add("close", copy)
        if self.may(0.5):
            self.add("close", slot)

    def multi(self):
        site, multi = self.site(), self.new("slot")
        if site is None:
            return
        self.add("multi", site, multi)
        easies = []
        for _ in range(self.random.randint(0, 3)):
            site, slot = self.site(), self.new("slot")
            if site is not None:
                self.add("easy", site, slot, 1)
                self.add("add", multi, slot)
                easies.append(slot)
        if self.may(0.8):
            self.add("multi_perform", multi)
        for slot in easies:
            if self.may(0.5):
                self.add("take_out", multi, slot)
                if self.may(0.6):
                    self.add("close", slot)
                easies = [other for other in easies if other != slot]
        if not easies and self.may(0.5):
            self.add("close", multi)

    def share(self):
        site, share = self.site(), self.new("slot")
        if site is None:
            return
        self.add("share", site, share)
        is_left = False
        for _ in range(self.random.randint(0, 2)):
            site, slot = self.site(), self.new("slot")
            if site is None:
                continue
            self.add("easy", site, slot, 1)
            self.add("share_with", share, slot)
            if self.may(0.7):
                self.add("perform", slot)
            if self.may(0.5):
                self.add("close", slot)
            else:
                is_left = True
        if not is_left and self.may(0.5):
            self.add("close", share)

    def session(self):
        """Something that can leak."""
        if self.has_curl and not self.is_forked and self.may(0.5):
            self.random.choice([self.easy, self.easy, self.multi, self.share])()
        else:
            self.descriptor()

    # ---- output ----

    def output(self):
        number = self.new("print")
        choice = self.random.random()
        if choice < 0.4:
            self.add("print", number)
        elif choice < 0.5:
            self.add("flush")
        elif choice < 0.7:
            self.add("write", number)
        elif choice < 0.8:
            self.add("append", number)
        elif choice < 0.9:
            self.add("append_buffered", number)
        elif choice < 0.95:
            self.add("write_err", number)
        else:
            self.add("read_line")

    def rest(self):
        self.add(self.random.choice(["sleep", "spin"]), self.random.choice([10, 100, 1000, 3000]))

    def body(self):
        self.some([self.session, self.session, self.output, self.rest], 1, 4)

    # ---- threads ----

    def start(self, number, gate, is_detached=None):
        """Starts a thread that opens this gate, and waits for it."""
        self.stays = True
        self.add("thread", number, int(self.may(0.5) if is_detached is None else is_detached))
        self.add("await", gate, 1)

    def staying_thread(self):
        """One that is there at the end."""
        gate = self.new("gate")

        def go():
            if self.may(0.3):
                self.add("block_signals")
            if self.may(0.3):
                self.session()
            if self.may(0.15):
                lock = self.new("lock") % 8
                self.add("lock", lock)
            kind = self.random.choice(["forever", "forever_spinning", "forever_reading", "forever_allocating",
                                       "forever_allocating", "forever_in_stdio", "forever_waiting"])
            if kind == "forever_in_stdio":
                if self.numbers["lock"] >= 100:
                    kind = "forever"
                else:
                    self.numbers["lock"] += 100
            if kind == "forever_in_stdio":
                self.add(kind, gate)
            else:
                self.add("post", gate)
                self.add(kind, self.random.choice([0, 20, 200]))

        self.start(self.in_list(go), gate)

    def late_thread(self):
        """One that would do something if it ran so long after the end."""
        gate = self.new("gate")
        slot = self.opened("peer") if self.may(0.3) else None

        def action():
            number = self.new("print")
            choices = [
                lambda: (self.add("print", number), self.add("flush")),
                lambda: self.add("write", number),
                lambda: self.add("append", number),
                lambda: self.add("_exit", self.random.randint(40, 60)),
                lambda: self.add("exit", self.random.randint(40, 60)),
                lambda: self.add("quick_exit", self.random.randint(40, 60)),
                lambda: self.add("raw_exit", self.random.randint(40, 60)),
                lambda: self.add("abort"),
                lambda: self.add("raise", SIGTERM),
                lambda: (self.session(), self.add("append", number)),
            ]
            if slot is not None:
                choices += [lambda: self.add("tell", slot, 3)] * 3
            self.random.choice(choices)()

        what = self.in_list(action)
        if self.may(0.7):
            after = self.random.choice([8000, 12000, 20000, 30000])
            self.start(self.in_list(lambda: (self.add("post", gate), self.add("late", what, after))), gate)

    def polling_thread(self):
        """One that looks at an object that the end destroys."""
        thing, gate = self.new("object") % 8, self.new("gate")
        every = self.random.choice([10000, 20000, 30000])
        self.start(self.in_list(lambda: (self.add("post", gate), self.add("poll_object", thing, every))), gate)
        self.destroy(thing)

    def destroy(self, thing):
        if self.static is not None and self.may(0.6):
            self.lists[self.static].append(f"destroy {thing}")
        elif self.static is None and self.may(0.6):
            self.static = self.in_list(lambda: self.add("destroy", thing))
        else:
            self.add("at_exit", self.in_list(lambda: self.add("destroy", thing)))

    def heartbeats(self):
        """A thread that writes, or one that reads, at a connection of another's."""
        slot, gate = self.opened(self.random.choice(["pair", "pair", "peer"])), self.new("gate")
        if slot is None:
            return
        if self.may(0.5):
            self.start(self.in_list(lambda: (self.add("post", gate), self.add("heartbeat", slot, 5000))), gate)
            self.add("sleep", 1000)
        else:
            self.start(self.in_list(lambda: (self.add("post", gate), self.add("expect_no_end", slot))), gate)
        other = self.new("gate")
        if self.may(0.3):
            self.start(self.in_list(lambda: (self.add("post", other), self.add("forever_allocating", 20))), other)
        elif self.may(0.5):
            self.start(self.in_list(lambda: self.add("write_files", other, self.random.choice([100, 1000]))), other)

    def queue(self):
        """Threads that take handles which another has opened, use and close them."""
        if not self.has_curl:
            self.heartbeats()
            return
        site, queue, count = self.site(), self.new("queue") % 4, self.random.choice([5, 20, 60])
        if site is None:
            return
        slot = self.new("slot", count)
        self.add("easy", site, slot, count)
        self.add("put", queue, slot, count)
        for _ in range(self.random.randint(1, 2)):
            gate = self.new("gate")
            every = self.random.choice([1000, 2000, 5000])
            self.start(self.in_list(lambda: (self.add("post", gate), self.add("work", queue, every))), gate)
        self.add("sleep", self.random.choice([1000, 5000]))

    def passing_thread(self):
        """One that ends before the others do."""
        number = self.in_list(*([self.key] if self.may(0.3) else []), self.body)
        if self.may(0.6):
            self.add("thread", number, 0)
            self.add("join", number)
        else:
            gate = self.new("gate")
            self.lists[number].append(f"post {gate}")
            self.start(number, gate, True)
            self.rest()

    def cancelled_thread(self):
        gate = self.new("gate")

        def go():
            if self.may(0.5):
                self.key()
            if self.may(0.5):
                self.session()
            self.add("post", gate)
            self.add(self.random.choice(["forever", "forever_reading", "forever_waiting"]))

        number = self.in_list(go)
        self.add("thread", number, 0)
        self.add("await", gate, 1)
        self.add("cancel", number)

    def key(self):
        self.add("key", self.in_list(lambda: self.some([self.output, self.closing, self.session], 1, 2)))

    def thread(self):
        self.random.choice([self.staying_thread, self.staying_thread, self.late_thread, self.late_thread,
                            self.polling_thread, self.heartbeats, self.queue, self.passing_thread,
                            self.cancelled_thread])()

    # ---- handlers ----

    def closing(self):
        """Closes what main has left open."""
        slots = self.open.get(0, [])
        if slots and self.into != 0:
            slot, kind = slots.pop(self.random.randrange(len(slots)))
            self.add("close", slot)
            if kind == "pair":
                self.add("close", slot + 1)
        else:
            self.output()

    def handlers(self):
        makers = [self.output, self.output, self.session, self.closing]
        choice = self.random.random()
        number = self.in_list(lambda: self.some(makers, 1, 3))
        if choice < 0.4:
            self.add("at_exit", number)
        elif choice < 0.6:
            self.add("on_exit", number)
        elif choice < 0.75:
            self.add("at_quick", number)
        elif self.static is None:
            self.static = number
        else:
            self.lists[self.static] += self.lists.pop(number)
        if self.may(0.04):
            self.add("at_exit", self.in_list(lambda: self.add(self.random.choice(["_exit", "exit"]), 61)))
        if self.may(0.06):
            self.add("at_exit", self.in_list(lambda: self.add("close_stderr")))
        if self.may(0.03):
            self.add("at_exit", self.in_list(lambda: self.add("close_stdout")))

    # ---- signals ----

    def signals(self):
        choice, number = self.random.random(), self.random.choice([SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP])
        handler = self.in_list(lambda: self.some([lambda: self.add("write", self.new("print")), self.descriptor], 1, 2))
        if choice < 0.3:
            self.add("on_signal", number, handler)
            self.add("raise", number)
        elif choice < 0.4:
            self.add("ignore", number)
            self.add("raise", number)
        elif choice < 0.55:
            self.add("survive", self.random.randint(0, 1))
            self.rest()
        elif choice < 0.7:
            self.add("on_signal", number, -1)
            self.add("kill_group", number)
        elif choice < 0.8:
            self.add("on_signal", SIGALRM, -1)
            self.add("alarm", 1000, self.random.choice([500, 1000, 5000]))
        else:
            self.add("block_signals")

    def killers(self):
        """Children that send signals to those who stay too long; first of all, so that they inherit nothing."""
        number = self.random.choice([SIGINT, SIGTERM])
        if self.may(0.6):
            self.add("assassin", self.random.choice([10000, 15000, 25000]), self.random.choice([SIGINT, SIGTERM, SIGUSR1]))
        else:
            self.add("on_signal", number, -1)
            self.add("spam", number, 60, 3000)

    def late_alarm(self):
        if self.may(0.5):
            handler = self.in_list(lambda: self.add("write", self.new("print")))
            self.add("on_signal", SIGALRM, handler)
        self.add("alarm", self.random.choice([15000, 20000, 40000]), 0)

    # ---- processes ----

    def child(self):
        """A forked child and its end."""
        before, self.is_forked = self.is_forked, True
        number = self.in_list(self.body, *([self.thread] if self.may(0.25) else []), lambda: self.end(False))
        self.is_forked = before
        self.add("flush")
        self.add("fork", number)
        if self.may(0.85):
            self.add("wait")

    def process(self):
        choice = self.random.random()
        if choice < 0.5:
            self.child()
        elif choice < 0.75:
            self.add("vfork", self.in_list(self.body, lambda: self.end(False)))
            self.add("wait")
        else:
            self.add("clone", self.random.choice([0, 0, 1, 2]), self.random.randint(0, 1))
            if self.may(0.5):
                self.add("clone", self.random.choice([3, 4]), self.random.randint(0, 1))
            self.add("wait")

    def daemon(self):
        """Main ends, and a child goes on with what it has open."""
        for _ in range(self.random.randint(1, 2)):
            self.opened()
        slots = list(self.open.get(0, []))

        def go():
            for slot, kind in slots:
                if self.may(0.5):
                    self.add("close", slot)
                    if kind == "pair":
                        self.add("close", slot + 1)
            if self.may(0.5):
                self.body()

        before, self.is_forked = self.is_forked, True
        number = self.in_list(go)
        self.is_forked = before
        self.add("flush")
        self.add("daemon", number)
        self.add(self.random.choice(["_exit", "_exit", "exit", "return"]), 0)

    # ---- ends ----

    def end(self, is_main=True):
        status = self.random.choice([0, 0, 1, 3, 7, 255])
        ends = ["return", "exit", "exit", "_exit", "_Exit", "quick_exit", "abort", "assert", "assert_perror"]
        if is_main:
            ends += ["return"] * 4 + ["raise", "raw_exit", "handler", "handler"]
            if self.may(0.08) and not self.is_limited:  # nothing could be executed
                ends = ["exec"] if self.stays else ["exec", "pthread_exit"]
        word = self.random.choice(ends)
        if word == "raise":
            status = self.random.choice([SIGTERM, SIGINT, 9])
        elif word in ("abort", "assert"):
            status = 0
        elif word == "assert_perror":
            status = 5
        elif word == "handler":  # a server that ends so when it is told to
            word, number = "raise", self.random.choice([SIGTERM, SIGINT])
            self.add("on_signal", number, self.in_list(
                lambda: self.add(self.random.choice(["exit", "_exit", "quick_exit"]), status)))
            status = number
        elif word == "exec":
            status = self.in_list(self.body, lambda: self.end(False))
        self.add(word, status)

    def two_ends(self):
        """Another thread ends the process a little before main does, or after it."""
        gate, first = self.new("gate"), self.random.choice([0, 1000, 3000])
        apart = self.random.choice([3000, 8000, 15000, 20000, 20000])
        times = [first, first + apart]
        self.random.shuffle(times)

        def other():
            self.add("post", gate)
            self.add("sleep", times[0])
            if self.may(0.1) and not self.is_limited:
                self.add("exec", self.in_list(self.body, lambda: self.end(False)))
            else:
                self.end(False)

        number = self.in_list(other)
        if self.lists[number][-1].startswith("return"):
            self.lists[number][-1] = "exit 3"
        self.start(number, gate)
        self.add("sleep", times[1])
        self.end(False)


def generate(seed):
    """The script of a seed."""
    maker = Maker(seed)
    if maker.may(0.12):
        maker.killers()
    if maker.may(0.05):
        maker.add("umask", maker.random.choice([0o777, 0o077]))
    if maker.may(0.05):
        maker.add("directory")
    if maker.may(0.3):
        maker.handlers()
    parts = [maker.session, maker.session, maker.output, maker.rest, maker.thread, maker.thread, maker.handlers,
             maker.signals, maker.process]
    maker.some(parts, 2, 6)
    if maker.may(0.03):
        maker.is_limited = True
        maker.add("limit", RLIMIT_NOFILE, 0)
    if maker.may(0.1):
        maker.late_alarm()
    choice = maker.random.random()
    if choice < 0.25:
        maker.two_ends()
    elif choice < 0.33:
        maker.daemon()
    else:
        maker.end()
    return maker.text()


def options(seed, script):
    """How the watched runs of a seed are set up: options of the library, and the exit code."""
    chance = random.Random(seed + 0.5)
    words = []
    if chance.random() < 0.5:
        words.append("symbolize=0")
    if chance.random() < 0.2:
        words.append("report_clean=1")
    if chance.random() < 0.1:
        words.append("verbosity=1")
    # A child's status, which the program prints, would be another.
    has_children = any(word in script for word in ("fork", "daemon", "exec"))
    return words, 23 if chance.random() < 0.2 and not has_children else 0
