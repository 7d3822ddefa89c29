"""How the admin looks and what its sidebar offers: grouped by what staff do, each entry only for who may open it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _entry(title: str, icon: str, view: str, permission: str = "") -> dict[str, Any]:
    """A page of its own."""
    link = reverse_lazy(f"admin:{view}")
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "permission": _asks_for(permission),
        "active": lambda request: request.path == str(link),
    }


def _list(title: str, icon: str, model: str, app: str = "campaigns") -> dict[str, Any]:
    """The list of a model and whatever is below it, for those who may view it."""
    entry = _entry(title, icon, f"{app}_{model}_changelist", f"{app}.view_{model}")
    return entry | {"active": lambda request: request.path.startswith(str(entry["link"])) and not _is_own(request)}


def _is_own(request: HttpRequest) -> bool:
    """Pages that have an entry of their own beside the list that they lie below."""
    return request.path.endswith(("/find/", "/uncertain/"))


def _asks_for(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: not permission or request.user.has_perm(permission)


NAVIGATION = [
    {
        "title": "Campaigns",
        "items": [
            _entry("Overview", "dashboard", "index"),
            _list("Campaigns", "campaign", "campaign"),
            _list("Waves", "waves", "wave"),
            _list("Audiences", "groups", "audience"),
            _list("Contents", "article", "content"),
            _list("Variants", "science", "comparison"),
            _list("Offers", "confirmation_number", "offer"),
            _list("Assets", "photo_library", "asset"),
            _list("Products", "shopping_bag", "product"),
            _list("Rules", "rule", "campaignrule"),
            _list("Triggers", "bolt", "trigger", "steering"),
            _list("Contact limits", "do_not_disturb_on", "contactlimit"),
            _list("Sending hours", "schedule", "sendhours", "channels"),
            _list("Pace", "speed", "campaignpace", "channels"),
            _list("Seed addresses", "alternate_email", "seedaddress", "channels"),
        ],
    },
    {
        "title": "Delivery",
        "items": [
            _list("Dispatches", "outgoing_mail", "dispatch", "channels"),
            _entry("To be decided", "help", "channels_dispatch_uncertain", "channels.resolve_dispatch"),
            _entry("Bounces", "undo", "channels_bounce_sums", "channels.view_bounce"),
            _list("Returned mail", "mark_email_unread", "inboundmail", "channels"),
            _list("Returned post", "markunread_mailbox", "postalreport"),
            _list("Print jobs", "print", "printjob", "channels"),
            _list("Withdrawn too late", "report", "printwithdrawal", "channels"),
            _list("Social lists", "share", "audiencefile", "channels"),
            _list("Posts", "forum", "socialpost", "channels"),
            _list("Network accounts", "hub", "networkaccount", "channels"),
            _list("Speed limits", "traffic", "speedlimit", "channels"),
            _list("Mail hosts", "dns", "mailhost", "channels"),
            _list("Warm-ups", "trending_up", "warmup", "channels"),
            _list("Mail providers", "forward_to_inbox", "mailprovider", "channels"),
            _list("Postal products", "local_post_office", "postalproduct", "channels"),
            _list("Price tables", "price_change", "pricetable", "channels"),
            _list("Vendors", "factory", "vendor", "channels"),
            _list("Encryption keys", "enhanced_encryption", "encryptionkey", "channels"),
            _list("Print seed addresses", "contact_mail", "printseed", "channels"),
            _list("API keys", "key", "apikey", "channels"),
            _list("Webhooks", "webhook", "webhookendpoint", "channels"),
            _list("Webhook deliveries", "outbox", "webhookdelivery", "channels"),
            _list("Stops of sending", "front_hand", "sendingstop", "channels"),
        ],
    },
    {
        "title": "Learning",
        "items": [
            _list("Models", "model_training", "modelversion", "steering"),
            _list("Assignments", "assignment_ind", "assignment", "steering"),
        ],
    },
    {
        "title": "People",
        "items": [
            _entry("Find a person", "person_search", "campaigns_customer_find", "campaigns.view_customer"),
            _list("Customers", "person", "customer"),
            _list("Service cases", "support_agent", "servicecase"),
            _list("Testimonials", "format_quote", "testimonial"),
            _list("Consents", "verified_user", "consent"),
            _list("Objections", "block", "objection"),
            _list("Time-outs", "bedtime", "timeout"),
            _list("Suppressions", "unsubscribe", "suppression"),
            _list("Possible duplicates", "compare_arrows", "duplicatepair"),
            _list("Merges", "merge", "customermerge"),
            _list("Households", "home", "household"),
            _list("Events", "timeline", "event"),
        ],
    },
    {
        "title": "Data",
        "items": [
            _list("Imports", "upload_file", "importrun"),
            _list("Import mappings", "rule", "importmapping"),
            _list("Delivery areas", "map", "deliveryarea"),
            _list("Carriers", "markunread_mailbox", "carrier"),
            _list("Stores", "storefront", "store"),
        ],
    },
    {
        "title": "Staff",
        "items": [
            _list("Users", "manage_accounts", "user", "auth"),
            _list("Roles", "badge", "group", "auth"),
            _list("Audit log", "policy", "auditentry", "channels"),
        ],
    },
]


def unfold(site_name: str) -> dict[str, Any]:
    """The setting UNFOLD."""
    return {
        "SITE_TITLE": site_name,
        "SITE_HEADER": site_name,
        "SITE_SYMBOL": "hub",
        "SITE_URL": None,
        "SHOW_VIEW_ON_SITE": False,
        "SHOW_BACK_BUTTON": True,
        "BORDER_RADIUS": "8px",
        "DASHBOARD_CALLBACK": "steering.dashboards.dashboard",
        "STYLES": [lambda request: static("steering/admin.css")],
        "SCRIPTS": [lambda request: static("steering/names.js")],
        "COLORS": {"primary": TEAL},
        "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": NAVIGATION},
    }


TEAL = {
    "50": "240 253 250",
    "100": "204 251 241",
    "200": "153 246 228",
    "300": "94 234 212",
    "400": "45 212 191",
    "500": "20 184 166",
    "600": "15 118 110",  # darker than usual: white words on it, and it on white, are read easily (WCAG 2.2, 1.4.3)
    "700": "17 94 89",
    "800": "19 78 74",
    "900": "17 63 60",
    "950": "4 47 46",
}
