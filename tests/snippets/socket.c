// KIND: socket
OPEN { return socket(AF_INET, SOCK_STREAM, 0); }
CLOSE { close((int)handle); }
