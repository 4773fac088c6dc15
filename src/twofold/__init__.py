"""Sign-in with a second factor, for a help desk and its help center."""

__version__ = "0.1.0"
