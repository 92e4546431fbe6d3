"""Django's PostgreSQL backend, which waits for no answer longer than it must (adr/0118)."""
