"""How a server comes to be, one file a kind; the file names are the registry."""
