"""Towns that do not go with their postcode are counted, and refused by nobody."""

from io import StringIO

import pytest
from django.core.management import call_command

from campaigns import importing
from campaigns.models import Customer
from campaigns.postal import plausible
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("postcode", "town", "is_doubtful"),
    [
        ("60311", "Frankfurt am Main", False),
        ("60311", "Frankfurt", False),
        ("60311", "FRANKFURT AM MAIN", False),
        ("60311", "Offenbach", True),
        ("99999", "Nirgendwo", False),
    ],
)
def test_a_town_of_another_name_is_doubtful_where_areas_are_known(postcode, town, is_doubtful):
    builders.area(postcode="60311", place="Frankfurt am Main")
    assert plausible.doubtful([(postcode, town)]) == ({(postcode, town)} if is_doubtful else set())


def test_an_import_tells_how_many(tmp_path):
    builders.area(postcode="60311", place="Frankfurt am Main")
    address = {"street": "s", "postcode": "p", "city": "c"}
    importing.save_mapping(
        name="m", kind="customers", definition={"source": "s", "customer_number": "n", "address": address}
    )
    file, out = tmp_path / "f.csv", StringIO()
    file.write_text("n,s,p,c\n1,Weg 1,60311,Offenbach\n2,Weg 2,60311,Frankfurt\n")
    call_command("import_customers", file, "--mapping", "m", stdout=out)
    assert "1 with a town that is not known for its postcode" in out.getvalue()
    assert Customer.objects.count() == 2
