"""Steps of an optimiser that touch the rows of a table that have a gradient, and no others."""
