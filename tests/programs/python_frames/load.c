/* A program that loads an interpreter as a plug-in, asks it for its version and unloads
 * it, and then loads it again and runs Python code. Nothing of it is in its own scope. */
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void *load(const char *path)
{
    void *python = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!python)
        fprintf(stderr, "%s\n", dlerror());
    return python;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    void *probe = load(argv[1]);
    if (!probe)
        return 1;
    const char *(*version)(void) = (const char *(*)(void))dlsym(probe, "Py_GetVersion");
    printf("%.4s\n", version());
    dlclose(probe);
    int own = socket(AF_UNIX, SOCK_STREAM, 0); /* while it is not there */
    void *python = load(argv[1]);
    void (*initialize)(int) = (void (*)(int))dlsym(python, "Py_InitializeEx");
    int (*run)(const char *) = (int (*)(const char *))dlsym(python, "PyRun_SimpleString");
    int (*finalize)(void) = (int (*)(void))dlsym(python, "Py_FinalizeEx");
    initialize(0);
    /* The second stays in the report: the number of the first is used again below. */
    run("import socket\nkept = [socket.socket()]\ndef in_plugin():\n    "
        "kept.append(socket.socket())\nin_plugin()\n");
    finalize();
    dlclose(python);
    int after = socket(AF_UNIX, SOCK_STREAM, 0);
    return close(own) + close(after);
}
