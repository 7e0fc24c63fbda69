#!/bin/bash
# A PostgreSQL server, psql, pgbench and pg_dump, all of them under the library,
# work, fail and end as without it. The cluster is a throw-away one behind a local
# socket. PostgreSQL does not run as root: then this runs as the user postgres, in
# a copy that this user can read.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
if [ "$(id -u)" = 0 ]; then
    build=${SESSGUARD_BUILD:-$here/../build}
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    mkdir "$copy/tests" "$copy/build" "$copy/build/sessguard"
    cp "${SESSGUARD_LIB:-$build/libsessguard.so}" "$copy/build/libsessguard.so"
    cp "$build/sessguard/sessguard" "$copy/build/sessguard/"
    cp -r "$here/programs" "$here"/*.sh "$copy/tests/"
    chown -R postgres "$copy" && chmod 755 "$copy"
    setpriv --reuid postgres --regid postgres --clear-groups env SESSGUARD_SOURCE="$copy" SESSGUARD_BUILD="$copy/build" \
        SESSGUARD_LIB="$copy/build/libsessguard.so" HOME="$copy" bash "$copy/tests/programs/postgresql.sh"
    exit
fi
web_server=no
. "$(dirname "$0")/../compare.sh"
for folder in /usr/lib/postgresql/*/bin; do PATH=$folder:$PATH; done
need initdb postgres psql pgbench pg_dump setpriv

# The name of a socket may not be long.
PGHOST=$(mktemp -d)
remove_socket_folder() { rm -rf "$PGHOST"; }
ends+=(remove_socket_folder)
export PGHOST PGPORT=5432 PGDATABASE=postgres PGUSER=postgres TZ=UTC
unset PGOPTIONS PGSERVICE PGPASSFILE

cat >"$work/script.sql" <<'SQL'
create table numbers as select n, md5(n::text) as text from generate_series(1, 20000) n;
select count(*), min(text), max(text) from numbers;
select 1 / 0;
select * from absent;
\copy (select * from numbers order by n limit 3) to 'copied'
\! cat copied
\c
select sum(n) from numbers;
copy (select 1) to program 'cat >/dev/null';
create temporary table lines (line text);
copy lines from program 'echo a child; echo of the server';
select * from lines;
listen channel;
notify channel;
do $$ begin raise notice 'a notice'; end $$;
set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
select count(distinct text) from numbers where length(text) = 32;
create extension dblink;
select dblink_connect('other', 'dbname=postgres');
select * from dblink('other', 'select 40 + 2') as answer(n int);
select dblink_disconnect('other');
select dblink_connect('refused', 'host=/nowhere');
select pg_reload_conf();
select n, text from numbers order by n;
drop table numbers;
SQL

# What a server's life is: made, started, used, stopped.
live() { # WAY
    local way=$1 server status=0 prefix try=0
    run initdb "$way" initdb -D data -U postgres -A trust -E UTF8 --locale C --no-sync --no-instructions
    start_in "$way" server
    setpriv --pdeathsig INT "${prefix[@]}" postgres -D "$work/initdb.$way/data" -k "$PGHOST" -c listen_addresses= \
        -c log_line_prefix= -c log_checkpoints=off -c fsync=off -c shared_buffers=16MB \
        </dev/null >"$work/server.$way.out" 2>"$work/server.$way.err" &
    server=$!
    until grep -q 'ready to accept connections' "$work/server.$way.err" 2>/dev/null; do
        try=$((try + 1))
        if [ "$try" -gt 10000 ] || ! kill -0 "$server" 2>/dev/null; then
            bad "the server did not start in $way"
            outline "$work/server.$way.err"
            break
        fi
    done
    run psql "$way" psql -X -f "$work/script.sql"
    run fill "$way" pgbench -q -i -s 1 --unlogged-tables
    run load "$way" pgbench -n -c 10 -j 4 -t 100 --random-seed=1
    run sum "$way" psql -X -A -t -c 'select count(*), sum(abalance) from pgbench_accounts; select count(*), sum(delta) from pgbench_history'
    run dump "$way" pg_dump --schema-only
    run failing "$way" psql -X -v ON_ERROR_STOP=1 -c 'select 1; select 1 / 0'
    run refused "$way" psql -X -h /nowhere -c 'select 1'
    run leaking "$way" psql -X -A -t -c "select dblink_connect('kept', 'dbname=postgres')" -c "select 'kept'"
    kill -TERM "$server" # the way to stop that waits for the sessions to end
    wait "$server" || status=$?
    echo "$status" >"$work/server.$way.status"
    [ ! -e "$PGHOST/.s.PGSQL.5432" ] || bad "the server left its socket behind in $way"
}
for way in "${ways[@]}"; do live "$way"; done

# Times, and the number of a process.
normalise() {
    sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC/TIME/; s/\(PID [0-9]+\)/(PID N)/; s/process with PID [0-9]+/process with PID N/' \
        -e 's/in [0-9.]+ s \(.*\)/in N s/; s/elapsed [0-9.]+ s, remaining [0-9.]+ s/elapsed N s/; s/= [0-9.]+ ms/= N ms/; s/tps = [0-9.]+/tps = N/' \
        -e 's/^(\\(un)?restrict) [A-Za-z0-9]+$/\1 KEY/' -e "s#$work/initdb\.[a-z-]*/#FOLDER/#g"
}
for name in initdb psql fill load sum dump failing refused leaking; do
    same "$name"
    clean "$name"
done
same server
# dblink leaves a connection that nobody disconnects to the end of the session's process.
reports server '^1 socket ' 'in PQconnectPoll ' 'in dblink_connect ' '^SUMMARY: sessguard: 1 session leaked' \
    'peer unix:.*/\.s\.PGSQL\.5432 \(1\)'
prints psql '^ 20000 \| +0000' '^ 200010000$' '^ a child$' 'Asynchronous notification' '^ *42$' '^ 20000 \| '
prints load '^number of transactions actually processed: 1000/1000$' '^number of failed transactions: 0 '
prints sum '^100000\|-?[0-9]+$' '^1000\|-?[0-9]+$'
prints leaking '^OK$' '^kept$'
[ "$(cat "$work/failing.plain.status" "$work/refused.plain.status" "$work/server.plain.status" | tr '\n' ' ')" = '1 2 0 ' ] ||
    bad "without the library the statuses are others"
finish
