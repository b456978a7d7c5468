"""Benchmarks: `make bench` prints one JSON object a line. Figures are compared within one run."""
