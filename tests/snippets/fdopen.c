// KIND: socket
OPEN { return (intptr_t)fdopen(tcp(), "r"); }
CLOSE { fclose((FILE *)handle); }
