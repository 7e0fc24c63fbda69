// Proves that sockets and files which libc opens for itself are nobody's leak: name service, log, interfaces,
// semaphores, temporary and piped streams.
// LIBS: -lrt
// CLEAN
#include <dirent.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <pwd.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

int main(void)
{
    char name[] = "file-XXXXXX", semaphore[32], line[32] = "";
    struct addrinfo *found = NULL;
    struct ifaddrs *interfaces = NULL;
    printf("%d", getaddrinfo("127.0.0.1", "80", NULL, &found));
    printf(" %d", gethostbyname("localhost") != NULL);
    printf(" %d %u", getifaddrs(&interfaces), if_nametoindex("lo"));
    printf(" %d\n", getpwnam("root") != NULL);
    freeaddrinfo(found);
    freeifaddrs(interfaces);
    openlog("case", LOG_NDELAY, LOG_USER); /* its socket stays open */
    syslog(LOG_DEBUG, "nothing");
    snprintf(semaphore, sizeof semaphore, "/case-%d", getpid());
    sem_close(sem_open(semaphore, O_CREAT, 0600, 1));
    sem_unlink(semaphore);
    int file = mkstemp(name);
    FILE *temporary = tmpfile(), *pipe = popen("echo piped", "r");
    DIR *folder = opendir(".");
    while (fgets(line, sizeof line, pipe))
        fputs(line, stdout);
    printf("%d %d\n", unlink(name), pclose(pipe));
    return closedir(folder) || fclose(temporary) || close(file);
}
