"""The console's guard: which statements of people only read."""
