"""Everything that touches the database: import, pull, write back, runs, views, jobs, the command line."""
