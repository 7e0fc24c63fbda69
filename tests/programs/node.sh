#!/bin/bash
# Node behaves the same: servers and clients in one process, worker threads, child
# processes, a cluster. libuv closes by raw system calls, which nobody sees: what
# it closed must not be reported for that.
set -eu
. "$(dirname "$0")/../compare.sh"
need node

cat >"$work/http.js" <<'JS'
const http = require('http')
const https = require('https')
const fs = require('fs')

function fetch(module, url, options = {}) {
    return new Promise((resolve) => {
        module.get(url, options, (answer) => {
            let size = 0
            answer.on('data', (part) => { size += part.length })
            answer.on('end', () => resolve(`${answer.statusCode} ${size}`))
        }).on('error', (error) => resolve(error.code))
    })
}
async function main() {
    const server = http.createServer((request, answer) => {
        request.pipe(answer)
        if (request.url === '/large') answer.end('x'.repeat(1000000))
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const own = `http://127.0.0.1:${server.address().port}`
    const agent = new http.Agent({ keepAlive: true, maxSockets: 3 })
    const all = []
    for (let number = 0; number < 30; number++) all.push(fetch(http, own + '/large', { agent }))
    console.log((await Promise.all(all)).join())
    for (let number = 0; number < 20; number++) all.push(await fetch(http, own + '/large', { agent: false }))
    console.log(all.length)
    console.log(await fetch(http, process.env.TEST_HTTP_URL + '/large.txt'))
    console.log(await fetch(https, process.env.TEST_HTTPS_URL + '/large.txt', { ca: fs.readFileSync(process.env.TEST_CERT) }))
    console.log(await fetch(http, 'http://127.0.0.1:1/'))
    agent.destroy()
    server.close()
    server.closeAllConnections?.()
}
main()
JS
cat >"$work/processes.js" <<'JS'
const { execFileSync, fork, spawn } = require('child_process')
const net = require('net')
const { Worker, isMainThread } = require('worker_threads')

if (process.argv[2] === 'child') {
    process.on('message', (text) => { process.send(text.toUpperCase()); process.disconnect() })
    return
}
if (!isMainThread) {
    const server = net.createServer((socket) => socket.end('from a worker'))
    server.listen(0, '127.0.0.1', () => {
        net.connect(server.address().port, '127.0.0.1').on('data', (text) => { require('worker_threads').parentPort.postMessage(`${text}`) })
            .on('close', () => server.close())
    })
    return
}
async function main() {
    console.log(execFileSync('echo', ['a child']).toString())
    const cat = spawn('cat')
    cat.stdin.end('through cat\n')
    for await (const part of cat.stdout) process.stdout.write(part)
    const child = fork(__filename, ['child'])
    child.send('a message')
    await new Promise((resolve) => child.on('message', (text) => { console.log(text); resolve() }))
    await new Promise((resolve) => child.on('exit', resolve))
    const workers = [1, 2, 3, 4].map(() => new Promise((resolve) => {
        new Worker(__filename).on('message', (text) => console.log(text)).on('exit', resolve)
    }))
    console.log((await Promise.all(workers)).join())
    console.error('the end')
    process.exitCode = 3
}
main()
JS
cat >"$work/cluster.js" <<'JS'
const cluster = require('cluster')
const http = require('http')

if (cluster.isWorker) {
    http.createServer((request, answer) => { answer.shouldKeepAlive = false; answer.end('from a worker') }).listen(0, '127.0.0.1')
    return
}
let listening = 0
let ended = 0
for (let number = 0; number < 2; number++) cluster.fork()
cluster.on('listening', async (worker, address) => {
    if (++listening < 2) return
    for (let number = 0; number < 40; number++) {
        await new Promise((resolve) => http.get({ port: address.port, host: '127.0.0.1', agent: false }, (answer) => {
            answer.on('data', (text) => { if (number === 39) console.log(`${text}`) }).on('end', resolve)
        }))
    }
    cluster.disconnect()
})
cluster.on('exit', (worker, code, signal) => {
    console.log(code, signal)
    if (++ended === 2) console.log('the end')
})
JS
cat >"$work/leak.js" <<'JS'
const net = require('net')
let left = 2
function happened() {
    if (--left) return
    console.log('connected')
    process.exit(0)
}
const server = net.createServer(happened)
server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1', happened))
JS

for script in http processes cluster; do
    compare "$script" node "$work/$script.js"
    clean "$script"
done
prints http '^(200 1000000,){29}200 1000000$' '^50$' '^200 100000$' '^ECONNREFUSED$'
prints processes '^a child$' '^through cat$' '^A MESSAGE$' '^from a worker$' '^0,0,0,0$'
prints cluster '^from a worker$' '^0 null$' '^the end$'
# Node marks stderr close-on-exec, and cat closes its stdin: both are watched all the same.
[ "$(grep -c 'no leaks' "$work/processes.silence.report")" = 4 ] || bad "processes: not all four were watched"
[ "$(grep -c 'no leaks' "$work/cluster.silence.report")" = 3 ] || bad "cluster: not all three were watched"
# process.exit() leaves both ends of a connection open, and a listening socket.
compare leak node "$work/leak.js"
prints leak '^connected$'
reports leak '^1 socket ' '^SUMMARY: sessguard: 2 sessions leaked at 2 places.* \(1 listening, not counted\)' 'peer 127\.0\.0\.1:[0-9]+ \(1\); state ESTABLISHED 1'
finish
