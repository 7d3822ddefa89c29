"""How dates and times are written in the admin; the locale's own formats would go before those of the settings."""
