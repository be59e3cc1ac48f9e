one = 7
two = 8
