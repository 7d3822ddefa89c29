"""Who may call us: addresses, limits, failed keys, and the record of every access."""
