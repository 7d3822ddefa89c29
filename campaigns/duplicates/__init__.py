"""Records of one person that are written differently: found, shown to somebody, and merged. docs/addresses.md.

people and streets (folded words) -> keys -> candidates (SQL) -> comparing and chance -> judging -> finding;
then merging, moving, permissions.
"""
