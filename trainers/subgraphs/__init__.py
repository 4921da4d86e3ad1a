"""The part of a graph that lies between two entities: whom it holds, what joins them, and what is learned on it."""
