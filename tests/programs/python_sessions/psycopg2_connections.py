"""psycopg2's connections: kept, dropped, closed; libpq takes the server from the environment."""
import gc

import psycopg2
import psycopg2.extras
import psycopg2.pool

kept = []


def ask(connection):
    with connection.cursor() as cursor:
        cursor.execute("select 40 + 2")
        assert cursor.fetchone()[0] == 42


def keep():
    connection = psycopg2.connect("")  # opened here
    ask(connection)
    kept.append(connection)


def keep_after_with():
    # This ends a transaction and not the connection.
    with psycopg2.connect("", connection_factory=psycopg2.extras.DictConnection) as connection:  # opened here
        ask(connection)
    kept.append(connection)


def drop():
    ask(psycopg2.connect(""))  # opened here


def close():
    connection = psycopg2.connect("")
    ask(connection)
    connection.close()
    connection.close()
    pool = psycopg2.pool.ThreadedConnectionPool(2, 4, "")
    ask(pool.getconn())
    pool.closeall()
    try:
        psycopg2.connect("dbname=absent")
    except psycopg2.OperationalError:
        print("there is no such database")


for _ in range(2):
    for function in keep, keep_after_with, drop, close:
        function()
gc.collect()
print([connection.closed for connection in kept])
