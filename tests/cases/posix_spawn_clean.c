// Proves that posix_spawn, popen and system, with file actions, change nothing and report nothing.
// CLEAN
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pid_t child;
    char line[32] = "", *argv[] = {"sh", "-c", "echo spawned", NULL};
    int status, fd = socket(AF_INET, SOCK_STREAM, 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, fd);
    status = posix_spawn(&child, "/bin/sh", &actions, NULL, argv, environ);
    if (status || waitpid(child, &status, 0) != child || status)
        return 1;
    FILE *pipe = popen("echo piped", "r");
    if (!fgets(line, sizeof line, pipe) || pclose(pipe) || system("exit 3") != 3 << 8)
        return 2;
    fputs(line, stdout);
    return close(fd);
}
