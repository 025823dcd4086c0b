"""The report of a case, and the home page 我的待办."""
