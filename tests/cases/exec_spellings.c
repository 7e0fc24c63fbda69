// Proves that every spelling of exec reports what its program leaves open, once, and passes arguments and
// environment on.
// LIBS: -lcurl
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 9
// CHECK: test "$(grep -c '^1 curl\.easy' "$REPORT")" = 9
#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(int how, char *self)
{
    char *argv[] = {self, "second", "argument", NULL};
    char mark[] = "MARK=own", path[4200], preload[4200];
    char *variables[] = {mark, path, preload, NULL};
    snprintf(path, sizeof path, "PATH=%s", getenv("CASE_DIR"));
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", getenv("LD_PRELOAD") ? getenv("LD_PRELOAD") : "");
    const char *name = strrchr(self, '/') + 1;
    setenv("PATH", getenv("CASE_DIR"), 1);
    switch (how) {
    case 0:
        execv(self, argv);
        break;
    case 1:
        execve(self, argv, variables);
        break;
    case 2:
        execvp(name, argv);
        break;
    case 3:
        execvpe(name, argv, variables);
        break;
    case 4:
        execl(self, self, "second", "argument", (char *)NULL);
        break;
    case 5:
        execle(self, self, "second", "argument", (char *)NULL, variables);
        break;
    case 6:
        execlp(name, self, "second", "argument", (char *)NULL);
        break;
    case 7:
        fexecve(open(self, O_RDONLY), argv, variables);
        break;
    case 8:
        execveat(AT_FDCWD, self, argv, variables, 0);
        break;
    }
    perror("exec");
    exit(1);
}
int main(int argc, char **argv)
{
    if (argc > 1) {
        printf("%d %s %s %s\n", argc, argv[1], argv[2], getenv("MARK") ? getenv("MARK") : "inherited");
        return 0;
    }
    for (int how = 0; how < 9; how++) {
        int status = 0;
        if (fork() == 0) {
            CURL *easy = curl_easy_init();
            become(easy ? how : -1, argv[0]);
        }
        wait(&status);
        printf("%d\n", WEXITSTATUS(status));
        fflush(stdout);
    }
    return 0;
}
