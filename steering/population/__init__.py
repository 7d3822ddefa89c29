"""A synthetic population with a known truth of how each person responds to each channel. README.md has the formulas.

`generate.generate` writes people to the database as any import would; the truth goes to a file that no query can reach.
"""
