// Proves that closefrom closes all from its number on.
// CLEAN
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 20; i++)
        socket(AF_INET, SOCK_STREAM, 0);
    closefrom(3);
    return 0;
}
