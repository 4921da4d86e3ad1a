"""Forms of files that hold facts of any domain, one file a form."""
