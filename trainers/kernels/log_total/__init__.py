"""The log of the sum of exponentials of a query's products with every row of a table."""
