"""Graphs as a whole: files into them and out of them, pulled as integers, held out of, searched."""
