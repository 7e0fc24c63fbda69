#!/bin/bash
# Java behaves the same: sockets and selectors in many threads, its HTTP client and
# server, child processes, and its ways to end. Its virtual machine handles SIGSEGV
# itself and runs generated code.
# COST: 30
set -eu
. "$(dirname "$0")/../compare.sh"
need java

cat >"$work/Sockets.java" <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;

public class Sockets {
    static final InetAddress LOCAL = InetAddress.getLoopbackAddress();
    static final List<Object> kept = new ArrayList<>();

    static String ask(int port, String text) throws IOException {
        try (Socket socket = new Socket(LOCAL, port)) {
            new PrintStream(socket.getOutputStream(), true).println(text);
            return new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
        }
    }

    static void plain() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try (ServerSocket server = new ServerSocket(0, 100, LOCAL)) {
            pool.submit(() -> {
                for (int number = 0; number < 200; number++) {
                    Socket client = server.accept();
                    pool.submit(() -> {
                        try (client) {
                            String line = new BufferedReader(new InputStreamReader(client.getInputStream())).readLine();
                            new PrintStream(client.getOutputStream(), true).println(line.toUpperCase());
                        }
                        return null;
                    });
                }
                return null;
            });
            ExecutorService clients = Executors.newFixedThreadPool(4);
            List<Future<String>> answers = new ArrayList<>();
            for (int number = 0; number < 200; number++) {
                String text = "line " + number;
                answers.add(clients.submit(() -> ask(server.getLocalPort(), text)));
            }
            int length = 0;
            for (Future<String> answer : answers)
                length += answer.get().length();
            System.out.println(answers.get(199).get() + " " + length);
            clients.shutdown();
        }
        pool.shutdown();
    }

    static void selectors() throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(LOCAL, 0)).configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            SocketChannel client = SocketChannel.open(server.getLocalAddress());
            client.write(ByteBuffer.wrap("by a selector".getBytes()));
            for (boolean isDone = false; !isDone; ) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isAcceptable()) {
                        server.accept().configureBlocking(false).register(selector, SelectionKey.OP_READ);
                    } else {
                        ByteBuffer buffer = ByteBuffer.allocate(100);
                        ((SocketChannel) key.channel()).read(buffer);
                        System.out.println(new String(buffer.array(), 0, buffer.position()));
                        key.channel().close();
                        isDone = true;
                    }
                }
                selector.selectedKeys().clear();
            }
            client.close();
        }
        try (DatagramSocket one = new DatagramSocket(0, LOCAL); DatagramSocket other = new DatagramSocket()) {
            other.send(new DatagramPacket("datagram".getBytes(), 8, LOCAL, one.getLocalPort()));
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            one.receive(packet);
            System.out.println(new String(packet.getData(), 0, packet.getLength()));
        }
    }

    static void http() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(LOCAL, 0), 0);
        server.createContext("/", exchange -> {
            byte[] text = "from the server".getBytes();
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
        });
        server.start();
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/")).build();
        System.out.println(Stream.generate(() -> client.sendAsync(request, HttpResponse.BodyHandlers.ofString())).limit(20)
            .collect(Collectors.toList()).stream().map(answer -> answer.join().body()).distinct().collect(Collectors.joining()));
        server.stop(0);
        URLConnection page = new URL(System.getenv("TEST_HTTP_URL") + "/large.txt").openConnection();
        page.setRequestProperty("Connection", "close");
        try (InputStream stream = page.getInputStream()) {
            System.out.println(stream.readAllBytes().length);
        }
        try {
            ask(1, "");
        } catch (ConnectException refused) {
            System.out.println("refused");
        }
    }

    /* Null checks of compiled code are made by the handler of SIGSEGV, and deep
     * recursion ends at a guard page. */
    static int depth(int level) { return level < 0 ? 0 : depth(level + 1) + 1; }

    static void signals() {
        int caught = 0;
        for (int number = 0; number < 20000; number++) {
            try {
                String text = number % 2 == 0 ? "x" : null;
                caught += text.length() - 1;
            } catch (NullPointerException absent) {
                caught++;
            }
        }
        System.out.println(caught);
        try {
            depth(0);
        } catch (StackOverflowError deep) {
            System.out.println("stack overflow");
        }
    }

    static void child(String... command) throws Exception {
        Process process = new ProcessBuilder(command).start();
        System.out.print(new String(process.getInputStream().readAllBytes()));
        System.out.println(process.waitFor());
    }

    public static void main(String[] arguments) throws Exception {
        plain();
        selectors();
        signals();
        child("sh", "-c", "echo a child; exit 3");
        if (arguments[0].equals("exit"))
            http();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("the hook")));
        System.err.println("the end");
        if (arguments[0].equals("halt")) {
            ServerSocket server = new ServerSocket(0, 10, LOCAL);
            for (int number = 0; number < 3; number++)
                kept.add(new Socket(LOCAL, server.getLocalPort()));
        }
        if (arguments[0].equals("halt"))
            Runtime.getRuntime().halt(5);
        if (!arguments[0].equals("return"))
            System.exit(4);
    }
}
JAVA
# The runtime has the compiler, if not the command javac.
java -m jdk.compiler/com.sun.tools.javac.Main -d "$work" "$work/Sockets.java" || bad "Sockets.java does not compile"
for how in return exit halt; do
    compare "$how" java -XX:-UsePerfData -cp "$work" Sockets "$how"
    prints "$how" '^LINE 199 1490$' '^by a selector$' '^datagram$' '^10000$' '^stack overflow$' '^a child$' '^3$'
    # The class library keeps one end of a pair, which it copies over sockets before it closes them.
    reports "$how" '^1 socket ' 'in Java_sun_nio_ch_(FileDispatcherImpl|UnixDispatcher)_init '
done
prints return '^the hook$'
prints exit '^from the server$' '^100000$' '^refused$' '^the hook$'
reports return '^SUMMARY: sessguard: 1 session leaked'
reports halt '^3 sockets ' 'in Java_sun_nio_ch_Net_socket0 ' '^SUMMARY: sessguard: 4 sessions leaked at 2 places.* \(1 listening'
# Frames of generated code do not change the id.
grep -ho '\[[0-9a-f]\{8\}\]$' "$work"/return.*.err "$work/return.silence.report" | sort -u >"$work/ids"
[ "$(wc -l <"$work/ids")" = 1 ] || bad "the id of one place differs: $(tr '\n' ' ' <"$work/ids")"
finish
