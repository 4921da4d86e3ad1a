"""Life of the local servers: started by a supervisor, kept by leases, stopped when nobody is left."""
