/* A session whose connection another process goes on with, by the same descriptor. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static CURL *easy;

static void fetch(const char *who)
{
    long n_connections = -1;
    CURLcode result = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &n_connections);
    printf("%s %d %ld\n", who, result, n_connections);
    fflush(stdout);
}

/* Goes on with its parent's connection once the parent is gone. */
static void go_on(int parent)
{
    char byte;
    while (read(parent, &byte, 1) > 0) {
    }
    fetch("child");
    curl_easy_cleanup(easy);
}

static void be_parent(int is_grandchild)
{
    int life[2];
    easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL"));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    fetch("parent");
    if (pipe(life) == 0 && fork() == 0) {
        if (is_grandchild && fork() != 0)
            _exit(0);
        close(life[1]);
        go_on(life[0]);
        exit(0);
    }
    if (is_grandchild)
        wait(NULL);
    exit(0);
}

/* The process with the session ends while one of its children, or of theirs, has its
 * connection; the child between is gone by then. */
static int run(int is_grandchild)
{
    int end[2];
    char byte;
    if (pipe(end) == 0 && fork() == 0) {
        close(end[0]);
        be_parent(is_grandchild);
    }
    close(end[1]);
    while (read(end[0], &byte, 1) > 0) { /* until child and grandchild are gone */
    }
    while (wait(NULL) > 0) {
    }
    return 0;
}
