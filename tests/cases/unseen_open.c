// Proves that closing what was opened unseen (by raw system calls, as a terminal or as shared memory), and
// leaving it open, gives no report; a number that was opened unseen again is not taken for the socket before.
// LIBS: -lutil -lrt
// CLEAN
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    char name[32];
    int master, slave, seen = socket(AF_INET, SOCK_STREAM, 0);
    int raw = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), kept = dup(raw), event = eventfd(0, 0);
    snprintf(name, sizeof name, "/case-%d", getpid());
    int shared = shm_open(name, O_RDWR | O_CREAT, 0600);
    printf("%d %d\n", openpty(&master, &slave, NULL, NULL, NULL), shm_unlink(name));
    printf("%d %d %d %d %d\n", close(raw), close(event), close(shared), close(master), close(slave));
    close(seen);
    int again = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    return again != seen || kept < 0;
}
