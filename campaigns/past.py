"""Customers as they were: what somebody was told is shown with the name and the address that they had then.

The database keeps what is overwritten of customers who got something (campaigns.models.CustomerPast), from the moment at
which others could see the change. What texts may use is kept; in which audiences somebody was is not.
"""

# In place of the tables themselves, for a statement that reads of a customer `c` with a household `h`: as of `at`.
PEOPLE = """
    campaigns_customer today
    LEFT JOIN LATERAL (
        SELECT said FROM campaigns_customerpast
        WHERE customer_id = today.id AND until_at > %(at)s ORDER BY until_at, id LIMIT 1
    ) past ON true
    CROSS JOIN LATERAL jsonb_populate_record(today, coalesce(past.said, '{}')) c
    LEFT JOIN LATERAL (
        SELECT * FROM campaigns_household WHERE past.said IS NULL AND id = c.household_id
        UNION ALL
        SELECT old.* FROM jsonb_populate_record(NULL::campaigns_household, past.said -> 'household') AS old
        WHERE jsonb_typeof(past.said -> 'household') = 'object'
    ) h ON true
"""
