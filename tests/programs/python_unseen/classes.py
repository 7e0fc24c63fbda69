"""The classes and functions that the library watches, by name, for the programs here."""
import http.client

import aiohttp
import asyncpg
import httpx
import psycopg2
import psycopg2.extensions
import redis
import redis.asyncio
import requests
import requests.adapters
import urllib3

watched = {
    "aiohttp.ClientSession": aiohttp.ClientSession,
    "aiohttp.BaseConnector": aiohttp.BaseConnector,
    "aiohttp.TCPConnector": aiohttp.TCPConnector,
    "requests.Session": requests.Session,
    "requests.adapters.HTTPAdapter": requests.adapters.HTTPAdapter,
    "httpx.Client": httpx.Client,
    "httpx.AsyncClient": httpx.AsyncClient,
    "urllib3.PoolManager": urllib3.PoolManager,
    "urllib3.HTTPConnectionPool": urllib3.HTTPConnectionPool,
    "http.client.HTTPConnection": http.client.HTTPConnection,
    "http.client.HTTPSConnection": http.client.HTTPSConnection,
    "psycopg2.extensions.connection": psycopg2.extensions.connection,
    "asyncpg.Connection": asyncpg.Connection,
    "redis.Redis": redis.Redis,
    "redis.ConnectionPool": redis.ConnectionPool,
    "redis.Connection": redis.Connection,
    "redis.asyncio.Redis": redis.asyncio.Redis,
    "redis.asyncio.Connection": redis.asyncio.Connection,
}
functions = {
    "aiohttp.request": aiohttp.request,
    "requests.session": requests.session,
    "requests.get": requests.get,
    "httpx.get": httpx.get,
    "psycopg2.connect": psycopg2.connect,
    "asyncpg.connect": asyncpg.connect,
    "asyncpg.create_pool": asyncpg.create_pool,
    "redis.from_url": redis.from_url,
    "urllib3.connection_from_url": urllib3.connection_from_url,
}
