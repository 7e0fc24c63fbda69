#!/bin/bash
# Daemons that Python programs make of themselves: what was opened before is reported by the
# daemon, if it does not close it, and by nobody else; multiprocessing's children, which have
# what their parent has, report nothing of it.
set -eu
# shellcheck disable=SC2034
web_server=no
. "$(dirname "$0")/../compare.sh"
python=${PYTHON:-/usr/bin/python3}
need "$python" jq

cat >"$work/daemon.py" <<'EOF'
import os, socket, sys

how, what = sys.argv[1:]

def end():
    if how == "_exit":
        os._exit(0)
    sys.exit(0)

def of_parent():
    return socket.socket()

kept = of_parent()
reader, writer = os.pipe()
if os.fork():
    os.write(1, b"parent ")
    end()
os.setsid()
os.close(writer)
os.read(reader, 1)  # until the parent is gone
if what == "closes":
    kept.close()
os.write(1, b"daemon")
end()
EOF
cat >"$work/workers.py" <<'EOF'
import multiprocessing, socket

def work(connection):
    connection.send(socket.socket().close())

if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    kept = socket.socket()
    for _ in range(3):
        here, there = multiprocessing.Pipe()
        worker = multiprocessing.Process(target=work, args=(there,))
        worker.start()
        there.close()
        print(here.recv())
        here.close()
        worker.join()
    here, there = multiprocessing.Pipe()
    multiprocessing.Process(target=there.recv, daemon=True).start()
    kept.close(), here.close(), there.close()
EOF

report=$work/report.json
# The daemon holds its standard output open, so that it is waited for.
tell() { # MODE COMMAND...
    rm -f "$report"
    LD_PRELOAD=$library SESSGUARD_MODE=$1 SESSGUARD_OPTIONS=exitcode=23:format=json:report_clean=1:output=$report "${@:2}" \
        2>"$work/err" | cat >"$work/out"
    jq -r '.leaks[] | "\(.kind) \([.stack[] | select(.function == "of_parent") | .function][0]) \(if .inherited then "inherited" else "own" end) \(.outcome)"' "$report" | sort
}
for mode in warn silence auto-close; do
    for how in exit _exit; do
        tell "$mode" "$python" "$work/daemon.py" "$how" closes >"$work/closes"
        [ "$(cat "$work/closes")" = "socket of_parent own handed_over" ] || bad "$mode, $how, closes: $(cat "$work/closes")"
        [ "$(cat "$work/out")" = "parent daemon" ] || bad "$mode, $how, closes: it printed $(cat "$work/out")"
        tell "$mode" "$python" "$work/daemon.py" "$how" leaks >"$work/leaks"
        grep -qx 'socket of_parent own handed_over' "$work/leaks" || bad "$mode, $how: the parent's: $(cat "$work/leaks")"
        [ "$(grep -c 'inherited' "$work/leaks")" = 1 ] || bad "$mode, $how: the daemon's: $(cat "$work/leaks")"
        [ "$(jq -s 'map(.totals.leaked) | add' "$report")" = 1 ] || bad "$mode, $how: one leak counts, once"
    done
    tell "$mode" "$python" "$work/workers.py" >"$work/workers"
    [ "$(jq -s 'map(.totals.leaked) | add' "$report")" = 0 ] || bad "$mode: workers: $(cat "$work/workers")"
done
compare workers "$python" "$work/workers.py"
clean workers
finish
