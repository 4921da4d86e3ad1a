"""The best walks through the layers of an expansion."""
