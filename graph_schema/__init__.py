"""The shape of the graph: schemas, records, triples and domains. No database, no tensors, no pages."""
