// KIND: socket
OPEN { return tcp(); }
CLOSE { __close((int)handle); }
