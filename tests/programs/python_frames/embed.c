/* A program that runs Python code, on its main thread and on another, and starts the
 * interpreter a second time: then nobody is told of new code any more. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static PyObject *open_socket(PyObject *self, PyObject *arguments)
{
    (void)self, (void)arguments;
    return PyLong_FromLong(socket(AF_UNIX, SOCK_STREAM, 0));
}

static PyMethodDef methods[] = {{"open_socket", open_socket, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef host = {PyModuleDef_HEAD_INIT, .m_name = "host", .m_size = -1, .m_methods = methods};
static PyObject *make_host(void) { return PyModule_Create(&host); }

static void *work(void *unused)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyRun_SimpleString("def in_thread():\n    host.open_socket()\nin_thread()\n");
    PyGILState_Release(state);
    return unused;
}

int main(void)
{
    pthread_t thread;
    int own = socket(AF_UNIX, SOCK_STREAM, 0);
    PyImport_AppendInittab("host", make_host);
    for (int round = 0; round < 2; round++) {
        Py_Initialize();
        PyRun_SimpleString("import host\ndef in_main():\n    host.open_socket()\nin_main()\n");
        PyThreadState *state = PyEval_SaveThread();
        pthread_create(&thread, NULL, work, NULL);
        pthread_join(thread, NULL);
        PyEval_RestoreThread(state);
        Py_Finalize();
    }
    return close(own); /* which is no leak, although the interpreter has ended before */
}
