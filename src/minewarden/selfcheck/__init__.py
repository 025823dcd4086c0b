"""Looks at one host for signs of mining: reading only, offline, graded, never "clean".

`host` is what runs on the host, by itself: standard library only, Python 3.9. `build` makes one file of it.
"""
