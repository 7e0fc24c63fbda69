// KIND: socket
OPEN { return (intptr_t)fdopen(tcp(), "r+"); }
CLOSE { fclose(freopen("/dev/null", "r", (FILE *)handle)); }
