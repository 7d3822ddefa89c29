"""Steering by area: what is known of delivery areas, which new customers leaflets bring there, pairs, and weeks."""
