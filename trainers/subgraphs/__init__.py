"""The part of a graph between two entities: whom it holds, what joins them, what is learned on it."""
