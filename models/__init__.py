"""Models of the water system: pure functions and values, no input or output, no clock of their own."""
