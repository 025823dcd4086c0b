"""The log that can only grow: who did what to which object, each record chained to the one before."""
