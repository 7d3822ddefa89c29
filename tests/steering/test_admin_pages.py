"""Every page of the admin opens, for those who may see it and nobody else, and stays fast however many rows there are."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import consent, events
from campaigns.admin.pages import BigAdmin
from campaigns.models import (
    Asset,
    Audience,
    Campaign,
    Carrier,
    ContactLimit,
    Content,
    ContentVersion,
    Customer,
    CustomerMerge,
    DeliveryArea,
    DuplicatePair,
    ImportMapping,
    ImportRun,
    Offer,
    PostalReport,
    Product,
    ServiceCase,
    Store,
    Testimonial,
    TimeOut,
)
from channels import keys
from channels.access import audit
from channels.models import (
    AudienceFile,
    Bounce,
    Dispatch,
    EncryptionKey,
    InboundMail,
    MailHost,
    MailProvider,
    NetworkAccount,
    PrintItem,
    PrintJob,
    PrintSeed,
    PrintWithdrawal,
    SeedAddress,
    SendHours,
    SendingStop,
    SocialPost,
    WarmUp,
    WebhookEndpoint,
)
from channels.webhooks import announcing
from steering.models import Assignment, ModelVersion
from tests import admin_clients, builders
from tests.channels.postage import making as postal

pytestmark = pytest.mark.django_db
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


def world() -> None:
    """At least one row of every model in the admin."""
    wave = builders.wave(builders.campaign(channels=("email", "print_mailing")))
    person = builders.customer(household=True)
    sent = builders.dispatch(wave, person, state="sent")
    consent.object_to(customer_id=person.pk, channel="social", source="test")
    consent.suppress(kind="email", value="gone@example.com", reason="bounce", source="test")
    events.record([event(person)])
    case = ServiceCase.objects.create(customer=person, kind="question", subject="Where is it?")
    Testimonial.objects.create(customer=person, case=case, quote="It was very good.", language="en", score=0.9)
    Offer.objects.create(slug="summer", name="Summer", kind="shared", code="SUMMER20")
    Store.objects.create(
        code="b1", name="Mitte", street="Weg 1", postcode="10115", city="Berlin", latitude=52, longitude=13
    )
    DeliveryArea.objects.create(code="10115-01", postcode="10115", place="Berlin", households=100)
    Carrier.objects.create(name="Post")
    ContactLimit.objects.create(most=3, days=14)
    Asset.objects.create(kind="image", source="media/images/lost.png", name="lost", width=9, height=9, size=9)
    paced(wave.campaign, person)
    at_networks(wave.campaign)
    came_back(sent)
    one_person_twice(person)
    Product.objects.create(sku="4711", title="Bench", price_cents=19900, currency="EUR", since=timezone.now())
    builders.comparison()
    builders.rule(wave.campaign, audience=builders.audience(), option_ids=[wave.campaign.options.first().pk])
    mapping = ImportMapping.objects.create(name="mine", kind="customers", definition={"source": "x"})
    ImportRun.objects.create(mapping=mapping, file_name="customers.csv", state="done")
    SeedAddress.objects.create(campaign=wave.campaign, email="seed@example.com")
    MailProvider.objects.create(name="main", sealed_url="")
    SendingStop.objects.create(reason="wrong price", resumed_at=timezone.now())
    vendor = builders.vendor()
    postal.prices(postal.product(vendor))
    EncryptionKey.objects.create(vendor=vendor, kind="age", public_key="age1x", fingerprint="ab" * 32)
    PrintSeed.objects.create(name="Ada", street="Weg 1", postcode="10115", city="Berlin")
    keys.create(name="till", scope="redemptions")
    audit.note(None, "tried", vendor)
    hook = WebhookEndpoint.objects.create(vendor=vendor, url="https://press.example/hook", sealed_secret="x")
    announcing.write(vendor, "ping", {"webhook": hook.pk}, [hook])
    option = wave.campaign.options.get(channel="print_mailing")
    job = PrintJob.objects.create(vendor=vendor, wave=wave, option=option, channel="print_mailing", rows=1)
    item = PrintItem.objects.create(job=job, sequence=1, dispatch=sent)
    PrintWithdrawal.objects.create(job=job, item=item, seq=1, reason="objection", in_time=False)
    AudienceFile.objects.create(network="meta", wave=wave, action="add", path="meta/x.csv", rows=1, sha256="0" * 64)
    Assignment.objects.create(wave=wave, customer=person, channel="email", decided_at=timezone.now())
    version = {"fingerprint": "f", "treatments": [], "features": [], "model": b"", "known_until_at": timezone.now()}
    ModelVersion.objects.create(number=1, trained_on_rows=10, **version)
    builders.trigger(wave.campaign)
    events.record([builders.event(person)])


def one_person_twice(person: Customer) -> None:
    other = builders.customer()
    DuplicatePair.objects.create(first=person, second=other, probability=0.97, agrees=["name"], cluster=person.pk)
    CustomerMerge.objects.create(kept=person, merged=builders.customer(), undoable_until=timezone.now())
    PostalReport.objects.create(customer=person, kind="returned", reason="unknown", reported_at=timezone.now())


def came_back(sent: Dispatch) -> None:
    Bounce.objects.create(dispatch=sent, kind="email", digest=b"d", severity="hard", occurred_at=timezone.now())
    InboundMail.objects.create(digest=b"d", way="imap", kind="other", size=9, content=b"From: a@b")


def at_networks(campaign: Campaign) -> None:
    account = NetworkAccount.objects.create(
        name="ours", slug="ours", kind="mastodon", base_url="https://social.example"
    )
    SocialPost.objects.create(campaign=campaign, version=campaign.content.versions.get(), account=account)


def paced(campaign: Campaign, person: Customer) -> None:
    builders.pace(campaign, spread="best_hour")
    builders.speed_limit("domain", "gmail.com", "20")
    today = timezone.localdate()
    MailHost.objects.create(suffix="city.example", host="hoster")
    SendHours.objects.create(campaign=campaign, channel="email")
    WarmUp.objects.create(sender="new@example.com", starts_on=today, per_day=[50, 100])
    TimeOut.objects.create(customer=person, from_on=today, until_on=today, source="test")


def event(person: Customer) -> events.NewEvent:
    return events.NewEvent(
        customer_id=person.pk,
        kind="purchased",
        medium="store",
        is_online=False,
        occurred_at=timezone.now(),
        source="test",
        source_key=str(next(builders.number)),
        value_cents=1999,
    )


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_list_and_every_row_opens(model: type) -> None:
    world()
    client, name = admin_clients.superuser(), f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert client.get(reverse(f"{name}_changelist")).status_code == 200
    row = model.objects.first()
    assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
    added = client.get(reverse(f"{name}_add"))
    assert added.status_code == (200 if admin.site._registry[model].has_add_permission(added.wsgi_request) else 403)


BIG = [model for model in REGISTERED if isinstance(admin.site._registry[model], BigAdmin)]


@pytest.mark.parametrize("model", BIG, ids=lambda model: model._meta.label)
def test_big_lists_are_never_counted_sorted_by_other_columns_or_searched_by_parts(model: type) -> None:
    world()
    client, page = admin_clients.superuser(), admin.site._registry[model]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
    of_table = [query["sql"] for query in queries if model._meta.db_table in query["sql"]]
    assert of_table
    assert not [sql for sql in of_table if "COUNT(" in sql]
    assert not page.sortable_by
    assert all(field.endswith("__exact") for field in page.search_fields)


def more_dispatches() -> None:
    wave = builders.wave()
    builders.dispatch(wave, builders.customer(household=True))


def more_events() -> None:
    events.record([event(builders.customer())])


def more_campaigns() -> None:
    builders.wave(builders.campaign())


def more_rules() -> None:
    campaign = builders.campaign()
    builders.rule(campaign, audience=builders.audience(), option_ids=[campaign.options.get().pk])


def more_consents() -> None:
    person = builders.customer(consents=("email",))
    consent.object_to(customer_id=person.pk, source="test")
    ServiceCase.objects.create(customer=person, kind="question", subject="?")


def more_assignments() -> None:
    wave = builders.wave()
    Assignment.objects.create(wave=wave, customer=builders.customer(), decided_at=timezone.now())


GROWING: dict[str, Callable[[], None]] = {
    "campaigns_customer": lambda: builders.customer(household=True) and None,
    "campaigns_event": more_events,
    "campaigns_consent": more_consents,
    "campaigns_objection": more_consents,
    "campaigns_servicecase": more_consents,
    "campaigns_campaign": more_campaigns,
    "campaigns_wave": more_campaigns,
    "campaigns_campaignrule": more_rules,
    "campaigns_audience": more_campaigns,
    "campaigns_content": more_campaigns,
    "channels_dispatch": more_dispatches,
    "steering_assignment": more_assignments,
}


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", GROWING)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(name: str) -> None:
    client, url = admin_clients.superuser(), reverse(f"admin:{name}_changelist")
    for _ in range(2):
        GROWING[name]()
    client.get(url)  # content types and the like are cached now
    few = queries_of(client, url)
    for _ in range(8):
        GROWING[name]()
    assert queries_of(client, url) == few


def test_a_customers_page_takes_as_many_queries_for_a_long_history_as_for_a_short_one() -> None:
    client, person = admin_clients.superuser(), builders.customer()
    url = reverse("admin:campaigns_customer_change", args=[person.pk])
    client.get(url)
    few = queries_of(client, url)
    events.record([event(person) for _ in range(60)])
    assert queries_of(client, url) == few


MANAGER, EDITOR, APPROVER, ANALYST = "Campaign manager", "Content editor", "Approver", "Analyst"
AGENT, OFFICER = "Service agent", "Privacy officer"
# Who may open what; everybody else is refused.
OPEN_TO = {
    "campaigns_audience_changelist": {MANAGER, APPROVER, ANALYST},
    "campaigns_audience_add": {MANAGER, ANALYST},
    "campaigns_campaign_changelist": {MANAGER, EDITOR, APPROVER, ANALYST},
    "campaigns_campaign_add": {MANAGER},
    "campaigns_wave_changelist": {MANAGER, APPROVER, ANALYST},
    "steering_trigger_changelist": {MANAGER, APPROVER, ANALYST},
    "steering_trigger_add": {MANAGER},
    "steering_firing_changelist": {MANAGER, ANALYST},
    "campaigns_content_changelist": {MANAGER, EDITOR, APPROVER},
    "campaigns_content_add": {EDITOR},
    "campaigns_contentversion_changelist": {MANAGER, EDITOR, APPROVER},
    "campaigns_contactlimit_changelist": {MANAGER},
    "campaigns_customer_changelist": {MANAGER, AGENT, OFFICER},
    "campaigns_customer_find": {MANAGER, AGENT, OFFICER},
    "campaigns_consent_changelist": {AGENT, OFFICER},
    "campaigns_consent_add": {AGENT, OFFICER},
    "campaigns_objection_add": {AGENT, OFFICER},
    "campaigns_suppression_changelist": {OFFICER},
    "campaigns_household_changelist": {AGENT, OFFICER},
    "campaigns_event_changelist": {ANALYST, AGENT, OFFICER},
    "campaigns_servicecase_changelist": {AGENT, OFFICER},
    "campaigns_servicecase_add": {AGENT},
    "campaigns_deliveryarea_changelist": {MANAGER, ANALYST},
    "campaigns_deliveryarea_add": set(),
    "campaigns_carrier_changelist": {MANAGER},
    "campaigns_importrun_changelist": {MANAGER},
    "campaigns_importrun_add": {MANAGER},
    "campaigns_importmapping_changelist": {MANAGER},
    "channels_dispatch_changelist": {MANAGER, ANALYST, OFFICER},
    "channels_dispatch_uncertain": {MANAGER},
    "channels_printjob_changelist": {MANAGER, OFFICER},
    "channels_printitem_changelist": {MANAGER, OFFICER},
    "channels_printwithdrawal_changelist": {MANAGER, OFFICER},
    "channels_postalproduct_changelist": {MANAGER, APPROVER},
    "channels_postalproduct_add": {MANAGER},
    "channels_pricetable_changelist": {MANAGER, APPROVER},
    "channels_pricetable_add": {MANAGER},
    "campaigns_product_changelist": {MANAGER, EDITOR, APPROVER},
    "campaigns_product_pick": {MANAGER, EDITOR, APPROVER},
    "campaigns_duplicatepair_changelist": {AGENT, OFFICER},
    "campaigns_customermerge_changelist": {AGENT, OFFICER},
    "channels_audiencefile_changelist": {MANAGER, OFFICER},
    "channels_vendor_changelist": {MANAGER, OFFICER},
    "channels_encryptionkey_changelist": {MANAGER, OFFICER},
    "channels_encryptionkey_add": {MANAGER},
    "channels_printseed_changelist": {MANAGER},
    "channels_apikey_changelist": {MANAGER, OFFICER},
    "channels_apikey_add": {MANAGER},
    "channels_webhookendpoint_changelist": {MANAGER, OFFICER},
    "channels_webhookendpoint_add": {MANAGER},
    "channels_webhookdelivery_changelist": {MANAGER, OFFICER},
    "channels_auditentry_changelist": {OFFICER},
    "channels_auditentry_add": set(),
    "steering_modelversion_changelist": {MANAGER, ANALYST},
    "steering_assignment_changelist": {MANAGER, ANALYST, OFFICER},
    "auth_user_changelist": set(),
    "auth_group_changelist": set(),
}


@pytest.mark.parametrize("role", [MANAGER, EDITOR, APPROVER, ANALYST, AGENT, OFFICER])
def test_a_role_opens_its_pages_and_no_others(role: str) -> None:
    client = admin_clients.in_role(role)
    opened = {name for name in OPEN_TO if client.get(reverse(f"admin:{name}")).status_code == 200}
    assert opened == {name for name, roles in OPEN_TO.items() if role in roles}


@pytest.mark.parametrize("role", [MANAGER, EDITOR, APPROVER, ANALYST, AGENT, OFFICER])
def test_the_sidebar_offers_a_role_only_what_it_may_open(role: str) -> None:
    client = admin_clients.in_role(role)
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    offered = [
        str(item["link"])
        for group in page.context["sidebar_navigation"]
        for item in group["items"]
        if item["has_permission"]
    ]
    assert len(offered) > 2
    assert [link for link in offered if client.get(link).status_code != 200] == []


@pytest.mark.parametrize("name", OPEN_TO)
def test_strangers_are_sent_to_log_in(name: str) -> None:
    answer = Client().get(reverse(f"admin:{name}"))
    assert answer.status_code == 302
    assert answer.url.startswith("/admin/login/")


def test_after_logging_in_staff_land_on_the_overview() -> None:
    person = admin_clients.superuser().user
    person.set_password("a-long-enough-password")
    person.save()
    answer = Client().post("/admin/login/", {"username": person.username, "password": "a-long-enough-password"})
    assert answer.url == "/admin/"


POSTS = [
    ("campaigns_customer_withdraw", [1]),
    ("campaigns_customer_lift", [1]),
    ("campaigns_audience_preview", []),
    ("campaigns_importrun_again", [1]),
    ("campaigns_content_image", []),
    ("campaigns_campaign_new_wave", [1]),
    ("campaigns_wave_do", [1, "start"]),
    ("steering_trigger_do", [1, "pause"]),
    ("channels_dispatch_decide", []),
    ("channels_apikey_revoke", [1]),
    ("channels_apikey_rotate", [1]),
    ("channels_encryptionkey_confirm", [1]),
    ("channels_encryptionkey_revoke", [1]),
    ("channels_webhookendpoint_secret", [1]),
    ("channels_webhookendpoint_enable", [1]),
    ("channels_webhookendpoint_ping", [1]),
    ("channels_webhookendpoint_replay", [1]),
    ("channels_pricetable_import", []),
    ("channels_printjob_finish", [1]),
    ("channels_printjob_cut_off", [1]),
    ("channels_printwithdrawal_handle", [1]),
    ("campaigns_product_import", []),
    ("campaigns_duplicatepair_decide", [1]),
    ("campaigns_customermerge_undo", [1]),
    ("channels_printjob_cancel", [1]),
    ("channels_audiencefile_fetch", [1]),
    ("steering_modelversion_train", []),
    ("steering_modelversion_roll_back", []),
    ("steering_modelversion_promote", [1]),
]


@pytest.mark.parametrize(("name", "args"), POSTS)
def test_whatever_changes_something_needs_post_and_a_permission(name: str, args: list) -> None:
    url = reverse(f"admin:{name}", args=args)
    nobody_special = admin_clients.with_permissions()
    assert nobody_special.get(url).status_code == 405
    assert nobody_special.post(url).status_code == 403


READS = [
    ("campaigns_importrun_errors", [1]),
    ("campaigns_content_preview", [1]),
    ("campaigns_content_pdf", [1, "print_mailing", "pdf"]),
    ("campaigns_contentversion_preview", [1]),
    ("campaigns_campaign_results", [1]),
    ("campaigns_duplicatepair_next", []),
    ("campaigns_product_pick", []),
    ("campaigns_wave_areas", [1]),
    ("campaigns_wave_areas_csv", [1]),
    ("channels_printjob_file", [1, 1]),
]


@pytest.mark.parametrize(("name", "args"), READS)
def test_pages_of_our_own_check_who_asks(name: str, args: list) -> None:
    assert admin_clients.with_permissions().get(reverse(f"admin:{name}", args=args)).status_code == 403


def test_forms_refuse_a_post_from_another_site() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_clients.superuser().user)
    assert client.post(reverse("admin:campaigns_wave_do", args=[1, "start"])).status_code == 403


def test_dispatches_of_a_wave_are_found_by_its_index_and_other_lists_ignore_nonsense_in_urls() -> None:
    client = admin_clients.superuser()
    builders.dispatch(builders.wave(), state="uncertain")
    wave_id = Dispatch.objects.get().wave_id
    url = reverse("admin:channels_dispatch_changelist")
    assert len(client.get(f"{url}?wave={wave_id}&state=uncertain").context["cl"].result_list) == 1
    assert len(client.get(f"{url}?state=sent").context["cl"].result_list) == 0
    assert client.get(f"{url}?customer=abc").status_code == 200
    assert client.get(f"{url}?customer={10**30}").status_code == 200
    assert client.get(f"{url}?wave={10**30}").status_code == 200


def test_names_that_look_like_scripts_are_only_names() -> None:
    evil = "<script>alert(1)</script>"
    blocks = [{"id": "headline", "type": "headline", "text": evil}]
    campaign = builders.campaign(channels=("email",), name=evil, blocks=blocks)
    Audience.objects.filter(pk=campaign.audience_id).update(name=evil, description=evil)
    Content.objects.filter(pk=campaign.content_id).update(name=evil, description=evil)
    wave = builders.wave(campaign)
    person = builders.customer(first_name=evil, last_name=evil)
    builders.dispatch(wave, person)
    ServiceCase.objects.create(customer=person, kind="question", subject=evil, note=evil)
    pages = [
        reverse("admin:index"),
        *(reverse(f"admin:campaigns_{name}_changelist") for name in ("audience", "content", "campaign", "customer")),
        reverse("admin:campaigns_audience_change", args=[campaign.audience_id]),
        reverse("admin:campaigns_audience_add"),
        reverse("admin:campaigns_content_change", args=[campaign.content_id]),
        reverse("admin:campaigns_content_preview", args=[campaign.content_id]),
        reverse("admin:campaigns_campaign_change", args=[campaign.pk]),
        reverse("admin:campaigns_campaign_results", args=[campaign.pk]),
        reverse("admin:campaigns_wave_change", args=[wave.pk]),
        reverse("admin:campaigns_customer_change", args=[person.pk]),
        reverse("admin:channels_dispatch_changelist"),
        reverse("admin:channels_dispatch_uncertain"),
    ]
    client = admin_clients.superuser()
    assert [url for url in pages if evil.encode() in client.get(url).content] == []


def test_what_was_approved_stays_as_it_was() -> None:
    world()
    version = ContentVersion.objects.first()
    client = admin_clients.superuser()
    client.post(reverse("admin:campaigns_contentversion_change", args=[version.pk]), {"blocks": "[]"})
    assert ContentVersion.objects.get(pk=version.pk).blocks == version.blocks


@pytest.mark.parametrize("query", ["state__exact=%00", "state=%00", "q=%00"])
@pytest.mark.parametrize("name", ["channels_printjob", "campaigns_wave", "campaigns_importrun", "campaigns_offer"])
def test_what_no_row_can_hold_is_asked_for_in_vain(name: str, query: str) -> None:
    answer = admin_clients.superuser().get(f"{reverse(f'admin:{name}_changelist')}?{query}", follow=True)
    assert answer.status_code == 200


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_a_page_of_no_row_leads_back(model: type) -> None:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert admin_clients.superuser().get(f"{url}abc/change/").status_code in (302, 404)
