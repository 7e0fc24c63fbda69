#!/bin/bash
# The ways in which Python makes processes (subprocess by vfork and by fork,
# posix_spawn, asyncio, multiprocessing in its three forms, prefork by hand), with
# sockets open meanwhile: same output, and each process has what it opened itself.
set -eu
. "$(dirname "$0")/../compare.sh"
python=${PYTHON:-/usr/bin/python3}
need "$python"

cat >"$work/children.py" <<'EOF'
import asyncio, multiprocessing, os, socket, subprocess, sys

def work(number):
    pair = socket.socketpair()
    pair[0].send(b"x" * number)
    length = len(pair[1].recv(100))
    for end in pair:
        end.close()
    return length

async def spawn():
    child = await asyncio.create_subprocess_exec("echo", "asyncio", stdout=subprocess.PIPE)
    return (await child.communicate())[0], child.returncode

def main():
    kept = [socket.socketpair() for _ in range(3)]
    print(subprocess.run(["echo", "vfork"], capture_output=True, close_fds=True))
    print(subprocess.run(["echo", "fork"], capture_output=True, preexec_fn=lambda: work(1)))
    print(subprocess.run(["sh", "-c", "exit 3"], start_new_session=True).returncode)
    try:
        subprocess.run(["/no/such/program"])
    except FileNotFoundError as error:
        print(error)
    sys.stdout.flush()
    child = os.posix_spawn("/bin/echo", ["echo", "spawned"], os.environ)
    print(os.waitpid(child, 0)[1], os.system("exit 4"), os.popen("echo piped").read())
    print(asyncio.run(spawn()))
    for method in "fork", "spawn", "forkserver":
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            print(method, pool.map(work, range(1, 5)))
        process = context.Process(target=work, args=(1,))
        process.start()
        process.join()
        print(process.exitcode)
    sys.stdout.flush()
    for _ in range(3):
        child = os.fork()
        if child == 0:
            if sys.argv[1] == "leak":
                for end in socket.socketpair():
                    end.detach()
            os._exit(0)
        print(os.waitpid(child, 0)[1])
    for one, other in kept:
        one.send(b"still here")
        print(other.recv(100))
        one.close(), other.close()

if __name__ == "__main__":
    main()
EOF
compare clean "$python" "$work/children.py" clean
clean clean
compare leak "$python" "$work/children.py" leak
for report in "$work/leak.warn.err" "$work/leak.auto-close.err" "$reports_in/leak.silence.report"; do
    [ "$(grep -ac '^SUMMARY: sessguard: 2 sessions leaked at 1 place' "$report")" = 3 ] || bad "three children leak a pair each"
    [ "$(grep -ac '^SUMMARY' "$report")" = 3 ] || bad "nobody else leaks"
done
finish
