"""The live stream: one poller a process, fanned out to every browser."""
