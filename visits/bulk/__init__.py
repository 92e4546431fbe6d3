"""Bulk writes of care records and visits: the same rules as visits.services, for rosters of thousands."""
