"""Where a household lives, as SQL of which many statements make use: of a few customers it looks at their households only."""

import pytest
from django.db import connection

from campaigns.areas import living
from campaigns.models import Customer, DeliveryArea, Household
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("carrier", ["Post", ""])
def test_a_few_customers_do_not_take_going_through_all_households(carrier):
    builders.area(code="1")
    homes = [Household(address_key=f"k{n}", street="Weg", postcode="10115", city="Berlin") for n in range(3000)]
    Household.objects.bulk_create(homes)
    Household.objects.update(delivery_area=DeliveryArea.objects.get())
    Customer.objects.bulk_create(Customer(customer_number=f"n{n}", household=home) for n, home in enumerate(homes))
    lived_in, params = living.in_areas(carrier)
    sql = f"SELECT l.area_id FROM campaigns_customer c JOIN {lived_in} l ON l.household_id = c.household_id"  # noqa: S608 - our own
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_household, campaigns_customer, campaigns_deliveryarea, campaigns_otherarea")
        some = [one.pk for one in Customer.objects.all()[:5]]
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql} WHERE c.id = ANY(%(ids)s)", params | {"ids": some})
        [plan] = cursor.fetchone()[0]
    scans = [node for node in nodes(plan["Plan"]) if node.get("Relation Name") == "campaigns_household"]
    assert {node["Node Type"] for node in scans} == {"Index Scan"}


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
