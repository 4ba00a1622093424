"""The command line: one file per noun; talks to a server over HTTP, or works on files alone."""
