x = "file"
n = 7
