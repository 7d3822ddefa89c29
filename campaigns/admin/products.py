"""Products of the shop: looked at, brought up to date from its feed, and picked for contents."""

from contextlib import ExitStack

from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST
from unfold.decorators import display

from campaigns import assets, catalogue, languages, money
from campaigns.catalogue import showing
from campaigns.content_error import ContentError
from campaigns.models import Product

from .pages import PlainAdmin, ReadOnly, asked_page, back, require
from .uploads import on_disk

PER_PAGE = 24
MOST_SHOWN = 10
LARGEST_UPLOAD = 64 * 1024 * 1024
THUMBNAIL = (160, 120)


@admin.register(Product)
class ProductAdmin(ReadOnly, PlainAdmin):
    change_list_template = "campaigns/products.html"
    empty_hint = "Products come with the shop's feed; contents and customers' own lists name them."
    list_display = ("sku", "title", "price", "is_available", "has_picture", "since")
    list_filter = ("is_available",)
    search_fields = ("sku__startswith", "title")
    search_help_text = "A word of the title, or the beginning of an id"
    fields = ("sku", "title", "description", "price", "url", "source", "is_available", "since", "until")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The list is of now; what was true before can be opened by whoever knows its number."""
        every = super().get_queryset(request)
        return every if request.resolver_match and "object_id" in request.resolver_match.kwargs else every.current()

    @display(description="Price", ordering="price_cents")
    def price(self, product: Product) -> str:
        return money.shown(product.price_cents, product.currency)

    @display(description="Picture", boolean=True)
    def has_picture(self, product: Product) -> bool:
        return bool(product.source)

    def pages(self) -> tuple:
        return (("pick/", "pick", require_GET(self.pick_view)), ("import/", "import", require_POST(self.import_view)))

    def pick_view(self, request: HttpRequest) -> HttpResponse:
        """GET pick/?q=tisch&page=1, or pick/?id=4711&id=4712 for some that are known.

        {"products": [{"id", "name", "price", "picture", "available"}], "more": false}
        """
        require(request, "campaigns.view_product")
        if ids := [id_.replace("\0", "") for id_ in request.GET.getlist("id")[:100]]:
            return JsonResponse({"products": [as_json(one) for one in showing.of(ids).values()], "more": False})
        start = (asked_page(request) - 1) * PER_PAGE
        found = list(catalogue.search(request.GET.get("q", ""))[start : start + PER_PAGE + 1])
        return JsonResponse({"products": [as_json(one) for one in found[:PER_PAGE]], "more": len(found) > PER_PAGE})

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """POST import/ with `feed`, pictures as `picture`, and `is_whole` if it names the whole range."""
        require(request, "campaigns.import_product")
        feed, pictures = request.FILES.get("feed"), request.FILES.getlist("picture")
        if feed is None or feed.size > LARGEST_UPLOAD:
            messages.error(
                request, f"Choose a feed of at most {LARGEST_UPLOAD // 2**20} MB; larger ones take the command."
            )
            return back(request, "admin:campaigns_product_changelist")
        try:
            told = _read(feed, pictures, is_whole="is_whole" in request.POST)
        except catalogue.FeedError as error:
            messages.error(request, "Nothing was imported. " + " · ".join(error.problems[:MOST_SHOWN]))
        else:
            _tell(request, told)
        return back(request, "admin:campaigns_product_changelist")


def as_json(product: Product) -> dict[str, object]:
    price = showing.price(product.price_cents, product.currency, languages.own())
    picture = _thumbnail(product.source)
    return {
        "id": product.sku, "name": product.title, "price": price, "picture": picture, "available": product.is_available,
    }  # fmt: skip


def _thumbnail(source: str) -> str:
    try:
        return f"/{assets.crop(source, *THUMBNAIL)}" if source else ""
    except ContentError:
        return ""


def _read(feed: UploadedFile, pictures: list[UploadedFile], *, is_whole: bool) -> catalogue.Imported:
    with ExitStack() as stack:
        kept = {(one.name or "").rpartition("/")[2]: stack.enter_context(on_disk(one)) for one in pictures}
        return catalogue.read(
            stack.enter_context(on_disk(feed)), name=feed.name or "", pictures=kept, is_whole=is_whole
        )


def _tell(request: HttpRequest, told: catalogue.Imported) -> None:
    gone = f", {told.gone:,} of the others are no longer available" if told.gone else ""
    messages.success(request, f"{told.products:,} products read, {told.changed:,} of them new or changed{gone}.")
    if told.without_picture:
        shown = " · ".join(told.without_picture[:MOST_SHOWN])
        messages.warning(request, f"{len(told.without_picture)} without their picture: {shown}")
