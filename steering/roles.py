"""The six roles of staff, as groups; each may see and do only what its work needs. Made anew after every migration."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

VIEW, CHANGE, WORK, FULL = ("view",), ("view", "change"), ("view", "add", "change"), ("view", "add", "change", "delete")

# Group name -> model -> verbs
ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "Campaign manager": {
        "audience": FULL, "campaign": WORK, "option": FULL, "wave": (*WORK, "run"), "content": VIEW, "asset": VIEW, "product": ("view", "import"), "contentversion": VIEW, "contentcomment": ("view", "add"), "comparison": WORK, "variant": FULL,
        "contactlimit": FULL, "campaignrule": FULL, "offer": (*WORK, "withdraw", "export"), "trigger": (*WORK, "run"), "firing": VIEW, "sendhours": FULL, "campaignpace": FULL, "speedlimit": FULL, "mailhost": FULL, "warmup": WORK, "warmupday": VIEW, "seedaddress": FULL, "seedcopy": VIEW, "deliveryarea": VIEW, "carrier": WORK, "store": WORK, "importmapping": WORK, "importrun": WORK, "plan": VIEW, "assignment": VIEW,
        "dispatch": (*VIEW, "resolve"), "attempt": VIEW, "bounce": VIEW, "sendingstop": (*VIEW, "run"), "schedulerun": VIEW, "mailprovider": VIEW, "vendor": WORK, "encryptionkey": (*WORK, "delete", "confirm"), "printseed": FULL, "vendorcontact": FULL, "webhookendpoint": WORK, "webhookdelivery": VIEW, "webhookattempt": VIEW, "printjob": CHANGE, "printposting": VIEW, "printitem": VIEW, "printreport": VIEW, "mailingfile": VIEW, "printwithdrawal": VIEW, "deletioncertificate": VIEW,
        "audiencefile": CHANGE, "apikey": WORK, "networkaccount": WORK, "socialpost": WORK, "modelversion": VIEW,
        "customer": VIEW,  # to look at a preview with somebody's own words; how to reach them stays hidden
        "postalproduct": WORK, "pricetable": FULL, "productionprice": FULL, "postageprice": FULL, "sortingdiscount": FULL,
    },
    "Content editor": {"testimonial": VIEW, "offer": VIEW, "content": FULL, "asset": FULL, "product": ("view", "import"), "contentversion": VIEW, "contentcomment": ("view", "add"), "comparison": VIEW, "variant": VIEW, "campaign": VIEW, "option": VIEW},
    "Approver": {
        "offer": VIEW, "audience": VIEW, "campaign": VIEW, "option": VIEW, "campaignrule": VIEW, "trigger": (*VIEW, "approve"), "wave": (*VIEW, "approve"), "content": (*VIEW, "approve"), "testimonial": VIEW, "asset": VIEW, "product": VIEW, "contentversion": VIEW, "contentcomment": ("view", "add"), "comparison": VIEW, "variant": VIEW, "plan": VIEW,
        "socialpost": (*VIEW, "approve"), "postalproduct": VIEW, "pricetable": VIEW, "productionprice": VIEW, "postageprice": VIEW, "sortingdiscount": VIEW,
    },
    "Analyst": {
        "offer": VIEW, "comparison": VIEW, "variant": VIEW, "audience": WORK, "campaign": VIEW, "option": VIEW, "campaignrule": VIEW, "trigger": VIEW, "firing": VIEW, "wave": VIEW, "plan": VIEW, "assignment": VIEW, "modelversion": (*VIEW, "promote"), "dispatch": VIEW,
        "deliveryarea": VIEW, "event": VIEW,
    },
    "Service agent": {
        "customer": VIEW, "identifier": VIEW, "household": VIEW, "duplicatepair": (*VIEW, "merge"), "customermerge": VIEW, "postalreport": VIEW, "consent": ("view", "add"), "objection": ("view", "add"), "timeout": ("view", "add"),
        "event": VIEW, "servicecase": WORK, "testimonial": (*VIEW, "ask"), "inboundmail": CHANGE,
    },
    "Privacy officer": {
        "customer": VIEW, "identifier": VIEW, "household": VIEW, "duplicatepair": (*VIEW, "merge"), "customermerge": VIEW, "postalreport": VIEW, "consent": ("view", "add"), "objection": ("view", "add"), "timeout": ("view", "add"), "suppression": (*VIEW, "lift"), "bounce": VIEW, "inboundmail": CHANGE,
        "event": VIEW, "servicecase": VIEW, "testimonial": VIEW, "assignment": VIEW, "dispatch": VIEW, "printjob": VIEW, "printposting": VIEW, "printitem": VIEW, "printreport": VIEW, "printwithdrawal": (*VIEW, "handle"), "deletioncertificate": VIEW, "audiencefile": VIEW, "networkaccount": VIEW, "vendor": WORK, "encryptionkey": (*VIEW, "confirm"), "vendorcontact": WORK, "apikey": VIEW, "webhookendpoint": VIEW, "webhookdelivery": VIEW, "webhookattempt": VIEW, "auditentry": VIEW,
    },
}  # fmt: skip
OUR_APPS = ("campaigns", "channels", "steering")


def ensure() -> None:
    """Give every role exactly its permissions. Permissions that are not there yet are added by a later migration's run."""
    for name, models in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = Q(pk__in=[])
        for model, verbs in models.items():
            wanted |= Q(codename__in=[f"{verb}_{model}" for verb in verbs])
        group.permissions.set(Permission.objects.filter(wanted, content_type__app_label__in=OUR_APPS))
