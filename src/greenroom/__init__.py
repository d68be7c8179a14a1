"""greenroom: talks whose code really runs."""

__version__ = "0.1.0"
