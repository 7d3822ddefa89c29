"""First come, first served: what shards use at given prices, and what a plan is compared with."""
