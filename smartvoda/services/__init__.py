"""Each service in a process: what it opens, runs and lets go of. A file imports only the room that it runs."""
