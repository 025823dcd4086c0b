"""Terminals and software: access by real name, anti-virus and scans, the three tables of genuine software."""
