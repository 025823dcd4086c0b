"""警示提醒: warnings to many people, by the ways that were chosen, released by two persons, within hours and a cost."""
