"""Records of one person that are written differently: found, shown to somebody, and merged. docs/addresses.md.

people (folded words, keys) -> candidates (SQL) -> comparing -> judging -> finding; then merging, moving, permissions.
"""
