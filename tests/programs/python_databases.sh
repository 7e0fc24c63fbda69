#!/bin/bash
# Python's sessions with a database, psycopg2's, asyncpg's and redis-py's: the report has
# those that nobody closed and no others, and servers see auto-close say goodbye. The
# servers are throw-away ones behind local sockets, and are not watched.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
for folder in /usr/lib/postgresql/*/bin; do PATH=$folder:$PATH; done
. "$source_dir/tests/programs/python_sessions/expects.sh"
need initdb postgres psql redis-server redis-cli setpriv

# The name of a socket may not be long; and PostgreSQL does not run as root.
servers=$(mktemp -d)
chmod 755 "$servers"
as_postgres=()
[ "$(id -u)" != 0 ] || as_postgres=(--reuid postgres --regid postgres --clear-groups)
mkdir "$servers/postgresql"
[ "$(id -u)" != 0 ] || chown postgres "$servers/postgresql"
stop_servers() {
    # shellcheck disable=SC2046 # numbers
    kill $(jobs -p) 2>/dev/null || true
    wait
    rm -rf "$servers"
}
ends+=(stop_servers)
export PGHOST=$servers/postgresql PGPORT=5432 PGDATABASE=postgres PGUSER=postgres TEST_REDIS=$servers/redis TZ=UTC
unset PGOPTIONS PGSERVICE PGPASSFILE
log=$work/postgresql.log

(cd / && setpriv "${as_postgres[@]}" initdb -D "$PGHOST/data" -U postgres -A trust -E UTF8 --locale C --no-sync \
    --no-instructions) >"$work/initdb" 2>&1 || {
    bad "initdb: $(cat "$work/initdb")"
    finish
}
# Who goes without a goodbye is in the log at this level.
setpriv --pdeathsig INT "${as_postgres[@]}" postgres -D "$PGHOST/data" -k "$PGHOST" -c listen_addresses= -c fsync=off \
    -c log_min_messages=debug1 -c log_line_prefix= -c shared_buffers=16MB -c max_connections=50 </dev/null >"$log" 2>&1 &
setpriv --pdeathsig TERM redis-server --port 0 --unixsocket "$TEST_REDIS" --save '' --dir "$work" </dev/null >"$work/redis.log" 2>&1 &
tries=0
until psql -X -c 'select 1' >"$work/psql" 2>&1 && redis-cli -s "$TEST_REDIS" ping >"$work/ping" 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 2000 ] || {
        bad "the servers do not start: $(tail -n 5 "$log" "$work/redis.log")"
        finish
    }
done

# Waits for the servers' ends of the connections, and prints how many had no goodbye.
ungreeted() {
    until [ "$(psql -X -A -t -c "select count(*) from pg_stat_activity where backend_type = 'client backend'")" = 1 ]; do :; done
    grep -c 'unexpected EOF on client' "$log" || true
}
run_one() { # NAME WAY COMMAND...
    local before
    before=$(ungreeted)
    run "$@"
    echo $(($(ungreeted) - before)) >"$work/$1.$2.ungreeted"
}

postgresql=unix:$PGHOST/.s.PGSQL.5432
redis=unix:$TEST_REDIS
expects psycopg2 psycopg2_connections.py <<END
2 psycopg2.connection keep kept peers=$postgresql:2
2 psycopg2.connection keep_after_with kept peers=$postgresql:2
2 psycopg2.connection drop collected
END
expects asyncpg asyncpg_connections.py <<END
2 asyncpg.connection keep kept peers=$postgresql:2
2 asyncpg.connection drop collected
END
expects redis redis_clients.py <<END
2 redis.client keep kept peers=$redis:2 owns=socket:2
2 redis.client keep_from_url kept peers=$redis:2 owns=socket:2
2 redis.client keep_pipeline kept peers=$redis:2 owns=socket:2
2 redis.client drop collected
2 redis.async_client keep_async kept peers=$redis:2
2 redis.async_client drop_async collected
END
# What the interpreter does not free at its end. While a thread goes on nothing is closed, as
# nobody knows what it uses.
for way in loop_closed loop_open thread loop_in_thread; do
    outcome=left
    case $way in *thread) outcome=spared ;; esac
    expects "ends_$way" database_ends.py "$way" <<END
1 psycopg2.connection connect_psycopg2 $outcome
1 asyncpg.connection connect_asyncpg $outcome
$(case $way in loop_open | loop_in_thread) echo "2 socket open_loop? *" ;; esac)
END
    # Nobody can see what auto-close does if all is well without it.
    [ "$(cat "$work/ends_$way.plain.ungreeted")" != 0 ] || bad "ends_$way: PostgreSQL sees a goodbye without auto-close"
    [ "$outcome" = spared ] || [ "$(cat "$work/ends_$way.auto-close.ungreeted")" = 0 ] ||
        bad "ends_$way: PostgreSQL saw $(cat "$work/ends_$way.auto-close.ungreeted") connections end without a goodbye"
done
finish
