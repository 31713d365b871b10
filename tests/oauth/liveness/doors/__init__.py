"""R15 through every door: the same causes, made in the console, by a file and by both APIs."""
