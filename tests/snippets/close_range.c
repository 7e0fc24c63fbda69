// KIND: socket
OPEN { return tcp(); }
CLOSE { close_range((unsigned)handle, (unsigned)handle, 0); }
