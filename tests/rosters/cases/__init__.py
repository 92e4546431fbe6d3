"""Cases from the field, each with what a clerk expects."""
