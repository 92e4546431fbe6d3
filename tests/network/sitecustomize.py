"""Read by every Python process that a test starts under `loopback_only.child_path()`."""

import loopback_only

loopback_only.refuse_the_rest()
