"""What limits are worth, and what everybody would choose at that; with what is left out, a bound on every plan."""
