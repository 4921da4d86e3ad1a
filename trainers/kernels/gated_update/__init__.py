"""New states of sums and old states, by a gated recurrent unit."""
