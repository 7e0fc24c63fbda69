// KIND: socket
OPEN { return (intptr_t)_IO_fdopen(tcp(), "r"); }
CLOSE { fclose((FILE *)handle); }
