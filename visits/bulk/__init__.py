"""Many care records or visits at once: the same rules as visits.services, for rosters of thousands."""
