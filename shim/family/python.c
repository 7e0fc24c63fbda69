/* Python's own sessions. Unlike those of a C library they have no function that is
 * hooked by its name: their classes are known as soon as they are made (python/).
 * Attributes are read as they lie in the objects, so that no Python code runs where the
 * garbage collector is at work; so some are private.
 *
 * Layer:   14
 */
#include "classes.h"
#include "hook.h"

SG_KIND(aiohttp, .name = "aiohttp.session", .title = "aiohttp client session",
        .close_with = "await session.close", .rank = SG_RANK_SESSION, .flags = SG_KIND_SCRIPT | SG_KIND_LATE);
SG_KIND(connector, .name = "aiohttp.connector", .title = "aiohttp connector",
        .close_with = "await connector.close", .rank = SG_RANK_GROUP,
        .flags = SG_KIND_SCRIPT | SG_KIND_OWNED | SG_KIND_LATE | SG_KIND_HOLDER);
SG_FAMILY(aiohttp, &aiohttp, &connector);

SG_KIND(requests, .name = "requests.session", .title = "requests session", .close_with = "session.close",
        .rank = SG_RANK_SESSION, .flags = SG_KIND_SCRIPT);
SG_FAMILY(requests, &requests);

SG_KIND(client, .name = "httpx.client", .title = "httpx client", .close_with = "client.close",
        .rank = SG_RANK_SESSION, .flags = SG_KIND_SCRIPT);
SG_KIND(async_client, .name = "httpx.async_client", .title = "httpx async client",
        .close_with = "await client.aclose", .rank = SG_RANK_SESSION, .flags = SG_KIND_SCRIPT);
SG_FAMILY(httpx, &client, &async_client);

SG_KIND(pool, .name = "urllib3.pool", .title = "urllib3 connection pool", .close_with = "pool.close",
        .rank = SG_RANK_MEMBER, .flags = SG_KIND_SCRIPT | SG_KIND_OWNED);
SG_KIND(manager, .name = "urllib3.manager", .title = "urllib3 pool manager", .close_with = "manager.clear",
        .rank = SG_RANK_GROUP, .flags = SG_KIND_SCRIPT | SG_KIND_OWNED | SG_KIND_HOLDER);
SG_FAMILY(urllib3, &pool, &manager);

SG_KIND(http, .name = "http.connection", .title = "http.client connection", .close_with = "connection.close",
        .rank = SG_RANK_MEMBER, .flags = SG_KIND_SCRIPT | SG_KIND_OWNED | SG_KIND_ALONE);
SG_FAMILY(http, &http);

SG_KIND(psycopg2, .name = "psycopg2.connection", .title = "PostgreSQL connection",
        .close_with = "connection.close", .rank = SG_RANK_SESSION, .flags = SG_KIND_SCRIPT | SG_KIND_ALONE);
SG_FAMILY(psycopg2, &psycopg2);

SG_KIND(asyncpg, .name = "asyncpg.connection", .title = "PostgreSQL connection",
        .close_with = "await connection.close", .rank = SG_RANK_SESSION,
        .flags = SG_KIND_SCRIPT | SG_KIND_ALONE);
SG_FAMILY(asyncpg, &asyncpg);

SG_KIND(redis, .name = "redis.client", .title = "Redis client", .close_with = "client.close",
        .rank = SG_RANK_SESSION, .flags = SG_KIND_SCRIPT | SG_KIND_LATE);
SG_KIND(async_redis, .name = "redis.async_client", .title = "Redis async client",
        .close_with = "await client.close", .rank = SG_RANK_SESSION, .flags = SG_KIND_SCRIPT | SG_KIND_LATE);
SG_FAMILY(redis, &redis, &async_redis);

const struct sg_python_class sg_python_classes[] = {
    /* https://docs.aiohttp.org/en/stable/client_reference.html: a session is closed by
     * close() or detach(), and with its connector. */
    {.kind = &aiohttp,
     .file = "aiohttp/client.py",
     .name = "ClientSession",
     .opens = "__init__",
     .uses = {"_request"},
     .closes = {"close", "detach"},
     .sign = SG_SIGN_TRUE,
     .attribute = "_connector._closed",
     .close = "close",
     .is_async = true,
     .is_alone = true,
     .part = "_connector",
     .has_part = "_connector_owner"},
    /* It is open by itself when a session that is closed has left it connections. */
    {.kind = &connector,
     .file = "aiohttp/connector.py",
     .name = "BaseConnector",
     .opens = "__init__",
     .closes = {"close"},
     .sign = SG_SIGN_TRUE,
     .attribute = "_closed",
     .pool = "",
     .close = "_close",
     .is_async = true,
     .is_alone = true,
     .is_holder = true},
    /* It can be used again after close(): it has no state. */
    {.kind = &requests,
     .file = "requests/sessions.py",
     .name = "Session",
     .opens = "__init__",
     .uses = {"send"},
     .closes = {"close"},
     .sign = SG_SIGN_CALL,
     .close = "close"},
    {.kind = &client,
     .file = "httpx/_client.py",
     .name = "Client",
     .opens = "__init__",
     .uses = {"send"},
     .closes = {"close", "__exit__"},
     .sign = SG_SIGN_TEXT,
     .attribute = "_state._name_",
     .text = "CLOSED",
     .close = "close"},
    {.kind = &async_client,
     .file = "httpx/_client.py",
     .name = "AsyncClient",
     .opens = "__init__",
     .uses = {"send"},
     .closes = {"aclose", "__aexit__"},
     .sign = SG_SIGN_TEXT,
     .attribute = "_state._name_",
     .text = "CLOSED",
     .close = "aclose",
     .is_async = true},
    {.kind = &pool,
     .file = "urllib3/connectionpool.py",
     .name = "HTTPConnectionPool",
     .opens = "__init__",
     .uses = {"urlopen"},
     .closes = {"close"},
     .sign = SG_SIGN_NONE,
     .attribute = "pool",
     .close = "close"},
    /* Since version 2: what the pool has connected is closed with its object, or before the
     * interpreter's end by one of the functions of atexit. */
    {.kind = &pool,
     .file = "urllib3/connectionpool.py",
     .module = "urllib3.connectionpool",
     .opens = "_close_pool_connections",
     .is_finalizer = true},
    /* It is open while it has pools. One that requests' adapters have is not used itself. */
    {.kind = &manager,
     .file = "urllib3/poolmanager.py",
     .name = "PoolManager",
     .opens = "__init__",
     .uses = {"urlopen"},
     .closes = {"clear"},
     .sign = SG_SIGN_FALSE,
     .attribute = "pools._container",
     .close = "clear",
     .is_holder = true},
    /* It is open while it has a socket. */
    {.kind = &http,
     .file = "http/client.py",
     .name = "HTTPConnection",
     .opens = "connect",
     .uses = {"putrequest", "getresponse"},
     .closes = {"close"},
     .sign = SG_SIGN_NONE,
     .attribute = "sock",
     .close = "close"},
    /* A class of C's, which cannot be changed. */
    {.kind = &psycopg2,
     .file = "psycopg2/__init__.py",
     .module = "psycopg2",
     .opens = "_connect",
     .sign = SG_SIGN_TRUE,
     .attribute = "closed",
     .descriptor = SG_DESCRIPTOR_FILENO,
     .busy = "get_transaction_status", /* TRANSACTION_STATUS_ACTIVE */
     .close = "close"},
    {.kind = &asyncpg,
     .file = "asyncpg/connection.py",
     .name = "Connection",
     .opens = "__init__",
     .uses = {"execute", "executemany", "fetch", "fetchval", "fetchrow"},
     .closes = {"close", "terminate"},
     .sign = SG_SIGN_CALL_FALSE,
     .attribute = "_protocol.is_connected",
     .descriptor = SG_DESCRIPTOR_TRANSPORT,
     .close = "close",
     .is_async = true,
     .goodbye = "X\0\0\0\4", /* Terminate: https://www.postgresql.org/docs/15/protocol-message-formats.html */
     .goodbye_size = 5},
    /* What close() gives back to its pool stays connected in redis-py 4. A client is but a
     * view of its pool, which many may share, and which pipelines connect, too. */
    {.kind = &redis,
     .file = "redis/client.py",
     .name = "Redis",
     .opens = "__init__",
     .uses = {"execute_command"},
     .closes = {"close"},
     .sign = SG_SIGN_CALL,
     .pool = "connection_pool",
     .close = "connection_pool.disconnect"},
    {.kind = &async_redis,
     .file = "redis/asyncio/client.py",
     .name = "Redis",
     .opens = "__init__",
     .uses = {"execute_command"},
     .closes = {"close", "aclose"},
     .sign = SG_SIGN_CALL,
     .pool = "connection_pool",
     .close = "connection_pool.disconnect",
     .is_async = true},
    {.kind = NULL},
};
