"""The simulated region: a pure function of seed, time and command log, and a client of the broker like any device."""
