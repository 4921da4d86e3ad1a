"""Any facts that come as head, relation and tail."""
