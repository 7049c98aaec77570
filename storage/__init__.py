"""Everything that speaks SQL, and the packet archive. May import: domain, runtime."""
