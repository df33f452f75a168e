"""When things happen: the command, the loop and the lanes."""
