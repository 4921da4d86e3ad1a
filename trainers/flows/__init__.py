"""Types of pairs by what flows along the walks between their ends."""
