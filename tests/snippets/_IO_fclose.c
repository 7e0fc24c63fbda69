// KIND: socket
OPEN { return (intptr_t)fdopen(tcp(), "r+"); }
CLOSE { _IO_fclose((FILE *)handle); }
