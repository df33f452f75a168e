"""One file for each explicit machine; each is a table of rows."""
