"""How the platform fares, for load balancers, Prometheus and staff: `dependencies`, `figures`, `collector`, `views`."""
