// Proves that a program which dies of a signal, of a smashed stack or heap, or by a raw system call, dies as
// it does without us, with the same message and status and without a report.
// CFLAGS: -O0 -fstack-protector-all -w
// RUN: exec 3>&2 2>/dev/null; for mode in warn silence auto-close; do for way in fault smash free kill term raw; do WATCH SESSGUARD_MODE=$mode @PROG@ $way 2>&3; echo "$way $?"; done; done
// CLEAN
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int smash(size_t size)
{
    volatile char room[16];
    for (size_t i = 0; i < size; i++)
        room[i] = 'x';
    return room[0];
}

int main(int count, char **words)
{
    const char *way = words[count - 1];
    char *memory = malloc(100);
    if (socket(AF_INET, SOCK_STREAM, 0) < 0)
        return 99;
    if (strcmp(way, "fault") == 0)
        return *(volatile int *)1;
    if (strcmp(way, "smash") == 0)
        return smash(200);
    if (strcmp(way, "kill") == 0 || strcmp(way, "term") == 0)
        return raise(*way == 'k' ? SIGKILL : SIGTERM);
    if (strcmp(way, "raw") == 0)
        return (int)syscall(SYS_exit_group, 5);
    free(memory);
    free(memory);
    return 0;
}
