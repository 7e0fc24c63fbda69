"""The differential fuzzer's command: see differential.sh."""
import argparse
import collections
import multiprocessing
import os
import shutil
import sys
import time

import generate
import judge
import run
import shrink

MODES = ("warn", "silence", "auto-close")
JITTER_US = (0, 0, 300, 1000, 3000)  # of the plain runs
PLAIN_LIMIT_S, WATCHED_LIMIT_S = 5, 60
ROUNDS, ENOUGH = 14, 5


class Setting:
    """Where things are, and how the watched runs are set up."""

    def __init__(self, arguments, words=(), exitcode=0):
        self.actors, self.preload, self.work = (arguments.bare, arguments.curl), arguments.preload, arguments.work
        self.words, self.exitcode, self.count = list(words), exitcode, 0
        self.symbols = [judge.Symbols(actor) for actor in self.actors]

    def describe(self):
        words = self.words + ([f"exitcode={self.exitcode}"] if self.exitcode else [])
        return ":".join(words)


class Program:
    """A script that can be run in every way."""

    def __init__(self, script, setting):
        self.script, self.setting, self.unsteady = script, setting, {}
        has_curl = any(word in ("easy", "multi", "share") for line in script.splitlines() for word in line.split()[:1])
        self.actor, self.symbols = setting.actors[has_curl], setting.symbols[has_curl]

    def run(self, mode, jitter=0):
        """One run; a mode of None is a plain one."""
        setting = self.setting
        setting.count += 1
        base = os.path.join(setting.work, f"{os.getpid()}.{setting.count}")
        shutil.rmtree(base, ignore_errors=True)
        os.makedirs(base)
        script, report = os.path.join(base, "script"), os.path.join(base, "report")
        with open(script, "w", encoding="ascii") as file:
            file.write(self.script)
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
        if jitter:
            environment["ACTOR_JITTER"] = str(jitter)
        if mode:
            words = [f"format=json:output={report}", *setting.words]
            if setting.exitcode:
                words.append(f"exitcode={setting.exitcode}")
            environment.update(LD_PRELOAD=setting.preload, SESSGUARD_MODE=mode, SESSGUARD_OPTIONS=":".join(words))
        try:
            return run.run(self.actor, script, os.path.join(base, "folder"), environment, report,
                           WATCHED_LIMIT_S if mode else PLAIN_LIMIT_S)
        finally:
            shutil.rmtree(base, ignore_errors=True)

    def plainly(self, jitters=JITTER_US):
        """A plain run, or None where plain runs differ."""
        first = self.run(None, jitters[0])
        if first.hangs:
            self.unsteady = {"hang": "plainly"}
            return None
        for jitter in jitters[1:]:
            differs = judge.compare(first, self.run(None, jitter), None)
            if differs:
                self.unsteady = differs
                return None
        return first

    def differences(self, plain, mode):
        """What differs in one watched run: name and text."""
        watched = self.run(mode)
        counted, wrong = judge.judge_report(watched, self.script, self.symbols)
        found = judge.compare(plain, watched, mode, self.setting.exitcode, counted)
        return found | wrong

    def confirm(self, plain, mode, names):
        """How often each of these differs, of how many watched runs; None if a plain run does as well."""
        hits, rounds = collections.Counter({name: 0 for name in names}), 0
        while rounds < ROUNDS and max(hits.values()) + ROUNDS - rounds >= ENOUGH and min(hits.values()) < ENOUGH:
            if judge.compare(plain, self.run(None, 500 if rounds % 2 else 0), None):
                return None
            hits.update(name for name in self.differences(plain, mode) if name in names)
            rounds += 1
        return hits, rounds


def examine(script, setting):
    """State (same, unsteady, differs, rare) and, by mode, what differs and how often."""
    program = Program(script, setting)
    plain = program.plainly()
    if not plain:
        return "unsteady", {None: (program.unsteady, {}, 0)}
    state, found = "same", {}
    for mode in MODES:
        differences = program.differences(plain, mode)
        if not differences:
            continue
        often = program.confirm(plain, mode, differences)
        if not often:
            return "unsteady", {}
        hits, rounds = often
        sure = {name: text for name, text in differences.items() if hits[name] >= ENOUGH or name.startswith("report")}
        if sure or state == "same":
            state = "differs" if sure or state == "differs" else "rare"
        found[mode] = sure or differences, hits, rounds
    return state, found


def say(number, script, setting, state, found):
    lines = [f"{state}: {number}, options {setting.describe() or 'none'}"]
    for mode, (differences, hits, rounds) in found.items():
        lines += [f"  {mode or 'plainly'}, {hits.get(name, 0)} of {rounds} more runs: {name}: {text}"
                  for name, text in differences.items()]
    return "\n".join(lines)


def work_off(arguments, next_seed, results):
    run.adopt_orphans()
    while True:
        with next_seed.get_lock():
            seed = next_seed.value
            next_seed.value += 1
        if seed >= arguments.seed + arguments.count or (arguments.until and time.time() > arguments.until):
            break
        script = generate.generate(seed)
        setting = Setting(arguments, *generate.options(seed, script))
        try:
            state, found = examine(script, setting)
        except Exception as error:  # a fault of the fuzzer's own must not look like a clean run
            results.put((seed, "error", {}, f"error: seed {seed}: {error!r}"))
            continue
        results.put((seed, state, found, say(f"seed {seed}", script, setting, state, found)))
    results.put(None)


def fuzz(arguments):
    next_seed, results = multiprocessing.Value("q", arguments.seed), multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work_off, args=(arguments, next_seed, results))
               for _ in range(arguments.jobs)]
    for worker in workers:
        worker.start()
    states, kinds, left, differing = collections.Counter(), collections.Counter(), len(workers), []
    while left:
        result = results.get()
        if result is None:
            left -= 1
            continue
        seed, state, found, text = result
        states[state] += 1
        if state in ("differs", "rare", "error") or arguments.verbose and state == "unsteady":
            print(text, flush=True)
        if state == "differs":
            differing.append(seed)
            names = sorted({name for differences, _, _ in found.values() for name in differences})
            kinds[", ".join(names) + " under " + " ".join(found)] += 1
        if state == "differs" or state == "error":
            print(f"  again: tests/suites/differential.sh --seed {seed} --count 1", flush=True)
    for worker in workers:
        worker.join()
    if arguments.shrink:
        run.adopt_orphans()
        for seed in sorted(differing)[:arguments.shrink]:
            script = generate.generate(seed)
            keep(arguments, f"seed{seed}", script, Setting(arguments, *generate.options(seed, script)))
    print(", ".join(f"{count} {state}" for state, count in sorted(states.items())))
    for kind, count in kinds.most_common():
        print(f"  {count} differ in {kind}")
    return bool(differing) or states["error"] > 0


def keep(arguments, name, script, setting):
    """Shrinks a script that differs and prints what is left."""
    state, found = examine(script, setting)
    if state != "differs":
        print(f"{name} is {state} when it is shrunk")
        return
    mode, (differences, _, _) = max(found.items(), key=lambda item: max(item[1][1].values()) / max(1, item[1][2]))
    small = shrink.shrink(script, lambda text: is_as_bad(text, setting, mode, differences), arguments.shrink_seconds)
    os.makedirs(arguments.found, exist_ok=True)
    path = os.path.join(arguments.found, name + ".script")
    head = f"# {mode}, options {setting.describe() or 'none'}: {'; '.join(f'{n}: {t}' for n, t in differences.items())}\n"
    with open(path, "w", encoding="ascii", errors="replace") as file:
        file.write(head[:1000].rstrip("\n") + "\n" + small)
    print(f"{path}:\n{head}{small}", flush=True)


def is_as_bad(script, setting, mode, names):
    """True if one of these still differs in this mode, most of the time."""
    program = Program(script, setting)
    plain = program.plainly((0, 0, 1000))
    if not plain:
        return False
    hits = 0
    for n in range(4):
        hits += any(name in names for name in program.differences(plain, mode))
        if hits == 2:
            return not judge.compare(plain, program.run(None), None)
        if n - hits >= 2:
            return False
    return False


def options_of(script):
    """A kept script's first line may say `# options: a=b:c=d`."""
    for line in script.splitlines():
        if line.startswith("# options: "):
            words = line[len("# options: "):].split(":")
            exitcode = [int(word[len("exitcode="):]) for word in words if word.startswith("exitcode=")]
            return [word for word in words if not word.startswith("exitcode=")], exitcode[0] if exitcode else 0
    return [], 0


def replay(arguments):
    """Scripts that were kept."""
    run.adopt_orphans()
    failures = 0
    for path in arguments.script:
        with open(path, encoding="ascii") as file:
            script = file.read()
        setting = Setting(arguments, *options_of(script))
        state, found = examine(script, setting)
        if state == "same":
            continue
        print(say(path, script, setting, state, found), flush=True)
        failures += state != "rare"
        if arguments.shrink and state == "differs":
            keep(arguments, os.path.basename(path) + ".small", script, setting)
    return failures > 0


def parse():
    parser = argparse.ArgumentParser(prog="differential.sh", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--count", type=int, default=300, help="how many programs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long")
    parser.add_argument("--shrink", type=int, default=0, metavar="N", help="shrink up to N programs that differ")
    parser.add_argument("--shrink-seconds", type=float, default=120, help="how long one may take")
    parser.add_argument("--print", action="store_true", help="print the program of the seed, and do not run it")
    parser.add_argument("--verbose", action="store_true", help="say why plain runs differ, too")
    parser.add_argument("--found", default="", help="where shrunk programs are kept")
    for name in ("bare", "curl", "preload", "work"):
        parser.add_argument("--" + name, required=True, help=argparse.SUPPRESS)
    parser.add_argument("script", nargs="*", help="scripts to run in place of seeds")
    arguments = parser.parse_args()
    arguments.until = time.time() + 60 * arguments.minutes if arguments.minutes else 0
    arguments.found = os.path.abspath(arguments.found or os.path.join(arguments.work, "found"))
    return arguments


def main():
    arguments = parse()
    if arguments.print:
        script = generate.generate(arguments.seed)
        words, exitcode = generate.options(arguments.seed, script)
        print(f"# options: {':'.join(words + ([f'exitcode={exitcode}'] if exitcode else []))}\n{script}", end="")
        return 0
    return int(replay(arguments) if arguments.script else fuzz(arguments))


if __name__ == "__main__":
    sys.exit(main())
