"""The front door: command line, settings, wiring and supervision of the services."""

__version__ = "0.1.0"
