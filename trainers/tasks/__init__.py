"""Kinds of learning: a file each, the file name is the name; see `trainers.task`."""
