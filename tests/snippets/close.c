// KIND: socket
OPEN { return tcp(); }
CLOSE { close((int)handle); }
