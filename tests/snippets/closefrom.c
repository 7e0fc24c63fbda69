// KIND: socket
OPEN { return dup2(tcp(), 200) == 200 && close_range(3, 199, 0) == 0 ? 200 : -1; }
CLOSE { closefrom((int)handle); }
