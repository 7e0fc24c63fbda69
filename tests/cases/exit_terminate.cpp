// Proves that a program that dies of an exception which nobody catches says so, and has its report.
// EXIT: 134
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdexcept>
#include <sys/socket.h>

int main()
{
    socket(AF_INET, SOCK_STREAM, 0);
    throw std::runtime_error("nobody catches this");
}
