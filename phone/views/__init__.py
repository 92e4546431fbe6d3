"""The pages under /m/, one module a subject."""
