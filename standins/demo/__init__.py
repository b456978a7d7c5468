"""The demo: two companies, and everything that `make demo` starts."""
