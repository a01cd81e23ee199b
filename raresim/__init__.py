"""raresim: simulated rare-disease cases with exact truth, for testing diagnostic tools."""

__version__ = "0.1.0"
