"""From prices to a plan that keeps every limit."""
