"""A web server for the programs here. Its first line of output is its address.

    GET /            an answer; the connection stays
    GET /hangup      an answer that ends the connection
    GET /together/N  an answer once N such requests wait, so that N are in use at once
    GET /never       no answer
    GET /seen        how the connections since the last time ended, once all others have
"""
import asyncio

connections = set()
ends = []
ended = asyncio.Condition()
waiting = []


def answer(writer, text, more=""):
    body = text.encode()
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body)


async def serve(reader, writer):
    connections.add(writer)
    asked = False
    try:
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
            if path == "/seen":
                asked = True
                connections.discard(writer)
                async with ended:
                    await ended.wait_for(lambda: not connections)
                answer(writer, "".join(f"{end}\n" for end in ends), "Connection: close\r\n")
                ends.clear()
                return
            if path == "/hangup":
                answer(writer, "ok", "Connection: close\r\n")
                ends.append("hung up")
                return
            if path == "/never":
                continue
            if path.startswith("/together/"):
                waiting.append(asyncio.Event())
                mine = waiting[-1]
                if len(waiting) == int(path.rpartition("/")[2]):
                    for event in waiting:
                        event.set()
                    waiting.clear()
                await mine.wait()
            answer(writer, "ok")
    except asyncio.IncompleteReadError as error:
        ends.append("within a request" if error.partial else "end")
    except ConnectionError:
        ends.append("reset")
    finally:
        writer.close()
        if not asked:
            async with ended:
                connections.discard(writer)
                ended.notify_all()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000)
    print("%s:%d" % server.sockets[0].getsockname()[:2], flush=True)
    await server.serve_forever()


asyncio.run(main())
