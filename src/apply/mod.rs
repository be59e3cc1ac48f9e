//! Applying: executing a plan, deciding nothing.
