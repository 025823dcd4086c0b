"""Energy, carbon and surcharge of mining: always estimates, from dated regional figures with their sources."""
