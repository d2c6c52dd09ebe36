"""Statistics with one named function per method; nothing here knows a paper or a data set."""
