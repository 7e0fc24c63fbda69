#include <sys/socket.h>

#ifdef OTHER
int innocent(int type);
int innocent_too(int type);
int innocent(int type) { return socket(AF_INET6, type, 0) + 1; }
int innocent_too(int type) { return socket(AF_INET6, type, 0) + 2; }
#endif
int leaky(void);
int leaky(void) { return socket(AF_INET, SOCK_STREAM, 0); }
