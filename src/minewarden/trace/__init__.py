"""Whose device it is: NAT, leases, logins, switch ports, the ledger; tolerant of clocks, never silently one."""
