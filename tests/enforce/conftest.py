"""Settings of this room's tests."""

from hypothesis import settings

# A busy machine is no failure: the first example reads tables that later ones find in memory.
settings.register_profile("enforce", deadline=None)
settings.load_profile("enforce")
