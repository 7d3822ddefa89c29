"""A campaign manager makes a mapping from a file by choosing what each column means, and tries the file with it."""

import io
import json
from datetime import datetime

import openpyxl
import pytest
from django.urls import reverse

from campaigns import importing
from campaigns.importing import mappings
from campaigns.models import Customer, ImportMapping, ImportRun
from tests import admin_clients

pytestmark = pytest.mark.django_db
URL = "/admin/campaigns/importmapping/columns/"
GERMAN = """Kd-Nr;Anrede;Vorname;Nachname;Straße;Hausnr.;PLZ;Ort;Land;E-Mail;Newsletter seit;Werbung erlaubt;Umsatz;Bemerkung
1001;Frau;Änne;Groß;Lange Straße;1;10115;Berlin;Deutschland;anna@example.com;03.05.2024;ja;1.204,50;x
1002;Herr;Paul;Klein;Weg;2a;1010;Wien;Österreich;paul@example.com;;nein;12,5;
"""
SETTINGS = {"name": "Shop", "source": "shop", "dates": "german", "decimal": ","}


def sent(importer, text: str | bytes, *, kind: str = "customers", file_name: str = "file.csv", **fields):
    file = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    file.name = file_name
    return importer.post(URL, {"file": file, "kind": kind} | fields)


def chosen(importer, text: str, *, kind: str = "customers", verb: str = "save", but: dict | None = None, **fields):
    """What was guessed, `but` for some columns, sent with the settings."""
    draft = sent(importer, text, kind=kind).context["draft"]
    targets = draft.chosen | (but or {})
    said = {"shown": f"{kind} ", "column": list(targets), "target": list(targets.values()), "verb": verb}
    return sent(importer, text, kind=kind, **(SETTINGS | said | fields))


def guessed(importer, text: str, kind: str = "customers", **fields) -> dict[str, str]:
    return sent(importer, text, kind=kind, **fields).context["draft"].chosen


def test_german_headers_are_understood_and_samples_stand_beside_them(importer):
    page = sent(importer, GERMAN.encode("cp1252"))
    draft = page.context["draft"]
    assert draft.chosen == {
        "Kd-Nr": "customer_number",
        "Anrede": "fields.salutation",
        "Vorname": "fields.first_name",
        "Nachname": "fields.last_name",
        "Straße": "address.street",
        "Hausnr.": "address.number",
        "PLZ": "address.postcode",
        "Ort": "address.city",
        "Land": "address.country",
        "E-Mail": "identifiers.email",
        "Newsletter seit": "consents.email",
        "Werbung erlaubt": "objections.allowed",
        "Umsatz": "",
        "Bemerkung": "",
    }
    assert "Änne · Paul" in page.content.decode()
    assert (draft.form["dates"].value(), draft.form["decimal"].value()) == ("german", ",")


def test_english_headers_are_understood(importer):
    headers = "customer_id,First Name,Last Name,ZIP Code,City,E-mail address,Phone Number,Date of Birth"
    assert list(guessed(importer, f"{headers}\n1,2,3,4,5,6,7,8\n").values()) == [
        "customer_number",
        "fields.first_name",
        "fields.last_name",
        "address.postcode",
        "address.city",
        "identifiers.email",
        "identifiers.phone",
        "fields.born_on",
    ]


def test_saving_keeps_the_mapping_under_its_name_and_tries_the_whole_file(importer):
    answer = chosen(importer, GERMAN, but={"Umsatz": "attributes.number"})
    run = ImportRun.objects.get()
    assert answer.url == reverse("admin:campaigns_importrun_change", args=[run.pk])
    assert (run.mapping.name, run.is_dry_run, run.state) == ("Shop", True, "done")
    assert run.message == "dry run, nothing was changed: 2 new customers, 0 known"
    importer.post(reverse("admin:campaigns_importrun_again", args=[run.pk]))
    anna, paul = Customer.objects.order_by("customer_number")
    assert (anna.first_name, anna.salutation, anna.household.street) == ("Änne", "frau", "Lange Straße 1")
    assert (anna.attributes, anna.household.country) == ({"Umsatz": 1204.5}, "DE")
    assert anna.consents.get().channel == "email"
    assert paul.objections.exists()


def test_a_script_is_led_to_the_trial_by_a_header(importer):
    columns = {"shown": "customers ", "column": ["nr"], "target": ["customer_number"], "verb": "save"}
    file = io.BytesIO(b"nr\n1\n")
    file.name = "f.csv"
    answer = importer.post(
        URL, {"file": file, "kind": "customers"} | SETTINGS | columns, headers={"HX-Request": "true"}
    )
    assert answer["HX-Redirect"] == reverse("admin:campaigns_importrun_change", args=[ImportRun.objects.get().pk])


def test_bad_rows_are_named_by_row_field_and_reason_before_anything_is_kept(importer):
    bad = GERMAN.replace("paul@example.com", "paul").replace("Herr;", "Hallo;")
    draft = chosen(importer, bad, verb="check").context["draft"]
    assert (2, "email", "is not an e-mail address") in draft.rows
    assert (2, "salutation", "is none of the values that the mapping knows") in draft.rows
    assert not ImportMapping.objects.filter(name="Shop").exists()


def test_what_contradicts_is_named_and_nothing_is_kept(importer):
    draft = chosen(importer, GERMAN, but={"Nachname": "fields.first_name", "Ort": ""}).context["draft"]
    assert ("Vorname, Nachname", "only one column can be “First name”") in draft.wrong
    assert ("Town", "no column is this") in draft.wrong
    assert not ImportMapping.objects.filter(name="Shop").exists()


def test_a_known_name_is_only_replaced_when_that_is_said(importer):
    made = ImportMapping.objects.create(name="Shop", kind="customers", definition={})
    assert "already" in chosen(importer, GERMAN).context["draft"].form.errors["name"][0]
    chosen(importer, GERMAN, replaces="on")
    made.refresh_from_db()
    assert made.definition["source"] == "shop"


def test_another_file_than_the_one_whose_columns_were_shown_is_looked_at_anew(importer):
    columns = {"shown": "customers ", "column": ["nr"], "target": ["customer_number"], "verb": "save"}
    assert sent(importer, "PLZ\n10115\n", **SETTINGS, **columns).context["draft"].chosen == {"PLZ": "address.postcode"}
    assert not ImportRun.objects.exists()


def test_events_may_all_be_of_one_kind(importer):
    text = "Kundennummer;Datum;Betrag;Belegnr\n1001;03.05.2024;12,50;B1\n"
    constants = {"event_kind": "purchased", "event_medium": "store", "event_is_online": "no"}
    chosen(importer, text, kind="events", **constants)
    told = ImportMapping.objects.get(name="Shop").definition["events"][0]
    assert (told["kind"], told["is_online"]) == ({"constant": "purchased"}, {"constant": False})
    assert (told["value_cents"], told["source_key"]) == ("Betrag", "Belegnr")
    lacking = chosen(importer, text, kind="events", name="Other").context["draft"]
    assert ("What happened", "no column is this") in lacking.wrong


@pytest.mark.parametrize(
    ("kind", "text", "fields"),
    [
        ("areas", "Gebiet;PLZ;Ort;Haushalte;Kaufkraft\n1;10115;Berlin;500;99,5\n", {"carrier": "Post"}),
        ("streets", "Gebiet;Strasse;von;bis\n1;Weg;1;9\n", {"carrier": "Post"}),
        ("opt_outs", "Vorname;Name;Str;PLZ;Ort\nErika;Muster;Weg 1;10115;Berlin\n", {}),
    ],
)
def test_other_kinds_have_their_own_meanings(importer, kind, text, fields):
    chosen(importer, text, kind=kind, **fields)
    assert ImportMapping.objects.get(name="Shop").kind == kind


def test_names_beside_the_e_mails_of_an_opt_out_list_do_no_harm(importer):
    chosen(importer, "Vorname;Nachname;E-Mail\nErika;Muster;erika@example.com\n", kind="opt_outs")
    assert ImportRun.objects.get().message.startswith("dry run, nothing was changed: 1 new entries")


def test_a_workbook_with_real_dates_and_numbers(importer):
    book = openpyxl.Workbook()
    for row in (["Kundennummer", "Name", "Geburtsdatum", "Umsatz"], [1001, "Groß", datetime(1970, 12, 31), 12.5]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    draft = sent(importer, file.getvalue(), file_name="kunden.xlsx").context["draft"]
    targets = draft.chosen | {"Umsatz": "attributes.number"}
    columns = {"shown": "customers ", "column": list(targets), "target": list(targets.values()), "verb": "save"}
    sent(
        importer,
        file.getvalue(),
        file_name="kunden.xlsx",
        **(SETTINGS | columns | {"dates": draft.form["dates"].value()}),
    )
    run = ImportRun.objects.get()
    assert (run.state, run.rows_bad, run.rows_created) == ("done", 0, 1)


def test_areas_as_geojson(importer):
    outline = {"type": "Polygon", "coordinates": [[[13.4, 52.5], [13.5, 52.5], [13.5, 52.6], [13.4, 52.5]]]}
    area = {"gebiet": "7", "plz": "10115", "ort": "Berlin", "haushalte": 500, "kaufkraft": 99.5}
    text = json.dumps(
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": area, "geometry": outline}]}
    )
    draft = sent(importer, text, kind="areas", file_name="areas.geojson").context["draft"]
    assert draft.chosen["geometry"] == "fields.outline"
    targets = draft.chosen | {"kaufkraft": "statistics"}
    columns = {"shown": "areas ", "column": list(targets), "target": list(targets.values()), "verb": "save"}
    sent(importer, text, kind="areas", file_name="areas.geojson", carrier="Post", **(SETTINGS | columns))
    assert ImportRun.objects.get().message.startswith("dry run, nothing was changed: 1 new areas")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("file.pdf", "x", "a file of type .pdf cannot be imported"),
        ("file.xlsx", "x", "not a proper XLSX workbook"),
        ("file.csv", "nr;mail\n", "no rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(importer, name, text, said):
    assert said in sent(importer, text, file_name=name).content.decode()


def test_without_a_file_that_is_said(importer):
    assert b"This field is required" in importer.post(URL, {"kind": "customers"}).content


@pytest.mark.parametrize("role", ["Content editor", "Approver", "Analyst", "Service agent", "Privacy officer"])
def test_others_may_not(role):
    assert admin_clients.in_role(role).get(URL).status_code == 403


class TestASavedMapping:
    """Opened again with a file: its columns are filled in, are changed, and are saved."""

    def opened(self, importer, text: str, mapping: ImportMapping):
        return sent(importer, text, kind="customers", mapping=mapping.pk).context["draft"]

    def saved_again(self, importer, text: str, mapping: ImportMapping, but: dict | None = None, **fields):
        draft = self.opened(importer, text, mapping)
        targets = draft.chosen | (but or {})
        said = {name: draft.form[name].value() for name in draft.form.fields} | {"replaces": "on"} | fields
        columns = {"column": list(targets), "target": list(targets.values()), "shown": draft.shown, "verb": "save"}
        answer = sent(importer, text, mapping=mapping.pk, **said, **columns)
        mapping.refresh_from_db()
        return answer

    @pytest.mark.parametrize(
        ("kind", "text", "fields"),
        [
            ("customers", GERMAN, {}),
            (
                "events",
                "Kundennummer;Datum;Betrag;Belegnr;Farbe\n1001;03.05.2024;12,50;B1;rot\n",
                {"event_kind": "purchased", "event_medium": "store", "event_is_online": "no", "but": {"Farbe": "attributes.text"}},
            ),
            ("areas", "Gebiet;PLZ;Ort;Haushalte;Kaufkraft\n1;10115;Berlin;500;99,5\n", {"carrier": "Post", "but": {"Kaufkraft": "statistics"}}),
            ("streets", "Gebiet;Strasse;von;bis\n1;Weg;1;9\n", {"carrier": "Post"}),
            ("opt_outs", "Vorname;Name;Str;PLZ;Ort\nErika;Muster;Weg 1;10115;Berlin\n", {}),
        ],
    )  # fmt: skip
    def test_saved_as_it_was_opened_says_the_same(self, importer, kind, text, fields):
        chosen(importer, text, kind=kind, **fields)
        mapping = ImportMapping.objects.get(name="Shop")
        before = mapping.definition
        self.saved_again(importer, text, mapping)
        assert mapping.definition == before

    def test_is_changed_where_staff_change_it_and_stays_refined_where_they_do_not(self, importer):
        definition = {"source": "shop", "description": "Ours", "country": "AT", "encoding": "utf-8-sig", "decimal": ".",
                      "customer_number": {"column": "nr", "default": "0"}, "fields": {"last_name": "name"}}  # fmt: skip
        mapping = ImportMapping.objects.create(name="Shop", kind="customers", definition=definition)
        self.saved_again(importer, "nr,name,mail\n1,Groß,a@example.com\n", mapping, {"mail": "identifiers.email"})
        assert mapping.definition == definition | {"identifiers": [{"kind": "email", "value": "mail"}]}

    def test_other_dates_are_read_otherwise(self, importer):
        chosen(importer, "Kundennummer,Geburtsdatum\n1,31.12.1970\n")
        mapping = ImportMapping.objects.get(name="Shop")
        assert (
            self.opened(importer, "Kundennummer,Geburtsdatum\n1,31/12/1970\n", mapping).form["dates"].value()
            == "german"
        )
        self.saved_again(importer, "Kundennummer,Geburtsdatum\n1,31/12/1970\n", mapping, dates="british")
        assert mapping.definition["fields"]["born_on"]["format"][-1] == "%d/%m/%Y"

    def test_columns_that_the_file_lacks_are_named(self, importer):
        chosen(importer, GERMAN)
        draft = self.opened(importer, "Kd-Nr;Vorname\n1;Paul\n", ImportMapping.objects.get(name="Shop"))
        assert "Nachname" in draft.missing
        assert draft.chosen == {"Kd-Nr": "customer_number", "Vorname": "fields.first_name"}

    def test_that_says_more_than_columns_do_is_not_half_shown(self, importer):
        mapping = importing.get_mapping("hillstrom")
        page = sent(importer, "nr\n1\n", mapping=mapping.pk)
        assert page.context["draft"] is None
        assert "Mapping: it says what this form cannot: customer_number" in page.content.decode()

    def test_the_shipped_ones_of_plain_columns_can_be_opened(self, importer):
        for name in ("customers", "events", "area_streets", "opt_outs", "opt_outs_hashed"):
            mapping = importing.get_mapping(name)
            header = sorted(mappings.columns(mapping.definition))
            draft = self.opened(importer, f"{','.join(header)}\n{','.join('1' for _ in header)}\n", mapping)
            assert all(draft.chosen.values()), name

    def test_is_led_to_from_its_own_page(self, importer):
        mapping = importing.get_mapping("customers")
        page = importer.get(f"/admin/campaigns/importmapping/{mapping.pk}/change/").content.decode()
        assert f"{URL}?mapping={mapping.pk}" in page
        assert f'<option value="{mapping.pk}" selected>' in importer.get(f"{URL}?mapping={mapping.pk}").content.decode()
