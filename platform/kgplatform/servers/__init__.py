"""Servers as processes of this machine: started by a supervisor, kept by leases, stopped unused."""
