"""Who is like whom: entities by their structure and by what is known of them, and votes among the alike."""
