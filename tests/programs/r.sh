#!/bin/bash
# R behaves the same, with its own connections and with the package curl, a
# plug-in on libcurl.
set -eu
. "$(dirname "$0")/../compare.sh"
need Rscript

cat >"$work/curl.R" <<'R'
library(curl)
how <- commandArgs(TRUE)
base <- Sys.getenv("TEST_HTTP_URL")
for (url in c(paste0(base, "/"), paste0(Sys.getenv("TEST_HTTPS_URL"), "/large.txt"), paste0(base, "/missing"))) {
    handle <- new_handle(ssl_verifypeer = 0, ssl_verifyhost = 0)
    answer <- curl_fetch_memory(url, handle)
    cat(answer$status_code, length(answer$content), "\n")
}
print(tryCatch(curl_fetch_memory("http://127.0.0.1:1/"), error = function(e) "refused"))
pool <- new_pool()
for (number in 1:5)
    curl_fetch_multi(paste0(base, "/large.txt"), done = function(answer) cat(length(answer$content), "\n"), pool = pool)
result <- multi_run(pool = pool)
cat(result$success, result$error, "\n")
cat(file.size(curl_download(paste0(base, "/large.txt"), "saved", quiet = TRUE)), "\n")
connection <- curl(paste0(base, "/"), "r")
cat(readLines(connection), sep = "\n")
message("the end")
if (how == "clean") {
    close(connection)
    rm(handle, pool, connection)
    invisible(gc())
    folder <- system.file(package = "curl")
    unloadNamespace("curl")
    library.dynam.unload("curl", folder)
}
R
cat >"$work/sockets.R" <<'R'
library(parallel)
how <- commandArgs(TRUE)
server <- NULL
while (is.null(server)) {
    port <- 30000L + sample.int(2000L, 1)
    server <- tryCatch(serverSocket(port), error = function(e) NULL)
}
child <- mcparallel({
    connection <- socketConnection("127.0.0.1", port, open = "r+b", blocking = TRUE)
    writeLines("from a fork", connection)
    line <- readLines(connection, 1)
    close(connection)
    toupper(line)
})
peer <- socketAccept(server, open = "r+b", blocking = TRUE)
print(readLines(peer, 1))
writeLines("to the fork", peer)
print(unname(mccollect(child)))
print(system("echo a child", intern = TRUE))
print(unlist(mclapply(1:4, function(n) n * n, mc.cores = 2)))
page <- url(paste0(Sys.getenv("TEST_HTTP_URL"), "/"))
print(readLines(page))
close(page)
close(server)
if (how == "clean")
    close(peer)
quit(status = 3)
R

for script in curl sockets; do
    compare "${script}_clean" Rscript --vanilla "$work/$script.R" clean
    compare "${script}_leak" Rscript --vanilla "$work/$script.R" leak
done
prints curl_clean '^200 100000 $' '^404 ' 'refused' '^5 0 $' hello
prints sockets_clean 'from a fork' 'TO THE FORK' 'a child' '1  4  9 16' hello
# The package makes a multi handle when it is loaded, and has a function that
# frees it. R does not call it: the package forbids the look-up (Dynamic lookup:
# FALSE). So that leak is real, also where libcurl is unloaded with the package.
reports curl_clean '^1 curl\.multi ' 'in R_init_curl ' '^SUMMARY: sessguard: 1 session leaked'
# Another multi handle is the pool's, and the easy handle the connection's.
reports curl_leak '^1 curl\.easy ' 'in R_init_curl ' '^SUMMARY: sessguard: 3 sessions leaked' 'peer 127\.0\.0\.1:[0-9]+ \(1\)'
clean sockets_clean
reports sockets_leak '^1 socket ' '^SUMMARY: sessguard: 1 session leaked'
finish
