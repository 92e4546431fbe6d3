"""Pages of repairs: for those at work (`orders`), and for anybody with a code (`public`)."""
