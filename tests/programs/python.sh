#!/bin/bash
# Python programs with aiohttp, with pycurl (a plug-in that is loaded with
# RTLD_LOCAL, on another build of libcurl) and with ctypes behave the same; what they close is
# no leak, and what they do not close is one.
set -eu
. "$(dirname "$0")/../compare.sh"
# Debian's own, for which the packages are installed.
python=${PYTHON:-/usr/bin/python3}
need "$python" cc

cat >"$work/aiohttp_client.py" <<'EOF'
import asyncio, os, sys
import aiohttp

async def main():
    session = aiohttp.ClientSession()
    async def fetch():
        async with session.get(os.environ["TEST_HTTP_URL"] + "/") as answer:
            text = await answer.text()
            if sys.argv[1] == "leak":
                await asyncio.sleep(0)
            return len(text)
    print(await asyncio.gather(*[fetch() for _ in range(5)]))
    if sys.argv[1] == "leak":
        # No interpreter shutdown, which would close the sockets behind our back.
        sys.stdout.flush()
        os._exit(0)
    await session.close()

asyncio.run(main())
EOF
cat >"$work/pycurl_client.py" <<'EOF'
import ctypes, io, os, sys
import pycurl

for number in range(3):
    data = io.BytesIO()
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, os.environ["TEST_HTTPS_URL" if number else "TEST_HTTP_URL"])
    handle.setopt(pycurl.SSL_VERIFYPEER, 0)
    handle.setopt(pycurl.WRITEDATA, data)
    handle.perform()
    print(len(data.getvalue()), handle.getinfo(pycurl.RESPONSE_CODE))
    if sys.argv[1] == "leak":
        # What an extension with a reference too many does: nobody frees it.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(handle))
    else:
        handle.close()
EOF
cat >"$work/ctypes_client.py" <<'EOF'
import ctypes, os, sys

curl = ctypes.CDLL("libcurl.so.4")
curl.curl_easy_init.restype = ctypes.c_void_p
libc = ctypes.CDLL(None)
for number in range(3):
    handle = ctypes.c_void_p(curl.curl_easy_init())
    curl.curl_easy_setopt(handle, ctypes.c_int(10002), os.environ["TEST_HTTP_URL"].encode()) # CURLOPT_URL
    print(curl.curl_easy_perform(handle), flush=True)
    libc.fflush(None)
    if number < 2 or sys.argv[1] == "clean":
        curl.curl_easy_cleanup(handle)
EOF
cat >"$work/sockets.py" <<'EOF'
import multiprocessing, socket, subprocess, sys

pairs = [socket.socketpair() for _ in range(3)]
print(subprocess.run(["echo", "child"], capture_output=True, text=True, close_fds=True).stdout)
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(len, ["a", "bb"]))
if sys.argv[1] == "leak":
    for one, other in pairs:
        one.detach(), other.detach()
else:
    for one, other in pairs:
        one.close(), other.close()
EOF

compare aiohttp_clean "$python" "$work/aiohttp_client.py" clean
clean aiohttp_clean
compare aiohttp_leak "$python" "$work/aiohttp_client.py" leak
reports aiohttp_leak 'sockets? .*never closed|sockets? never closed' 'SUMMARY: sessguard: [0-9]+ sessions? leaked' 'peer 127\.0\.0\.1:[0-9]+'
compare pycurl_clean "$python" "$work/pycurl_client.py" clean
clean pycurl_clean
compare pycurl_leak "$python" "$work/pycurl_client.py" leak
reports pycurl_leak '^3 curl\.easy' 'SUMMARY: sessguard: 3 sessions leaked at 1 place'
compare ctypes_clean "$python" "$work/ctypes_client.py" clean
prints ctypes_clean hello '^0$'
clean ctypes_clean
compare ctypes_leak "$python" "$work/ctypes_client.py" leak
reports ctypes_leak '^1 curl\.easy ' '^SUMMARY: sessguard: 1 session leaked' 'peer 127\.0\.0\.1:[0-9]+ \(1\)'
compare sockets_clean "$python" "$work/sockets.py" clean
clean sockets_clean
compare sockets_leak "$python" "$work/sockets.py" leak
reports sockets_leak '^6 sockets?( \([a-z ]+\))? never closed' 'SUMMARY: sessguard: 6 sessions leaked at 1 place'
finish
