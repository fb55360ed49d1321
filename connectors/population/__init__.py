"""One generator of the people and companies behind every sandbox, from a seed, with one hidden truth per customer."""
