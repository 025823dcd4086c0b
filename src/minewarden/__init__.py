"""minewarden: find cryptocurrency mining on school networks, trace it, stop it, and close the case on time."""

__version__ = "0.1.0"
