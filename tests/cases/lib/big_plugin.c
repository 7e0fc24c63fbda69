/* A plug-in that takes the loader some time, and then makes a socket. */
#include <sys/socket.h>

int plugin_socket(void);
int plugin_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
__asm__(".section .data.rel.ro, \"aw\"\n"
        ".balign 8\n"
        "    .quad socket\n"
        ".rept 200000\n"
        "    .quad plugin_socket\n"
        ".endr\n"
        ".text\n");
