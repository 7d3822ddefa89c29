"""The columns of what vendors get, by channel; those of personal fields follow them."""

LINES = 6  # of an address window
ADDRESS = tuple(f"address_{n}" for n in range(1, LINES + 1))
LETTERS = (
    "item_id",
    "sequence",
    *ADDRESS,
    "postcode",
    "city",
    "country",
    "salutation",
    "coupon_code",
    "qr_link",
    "pdf_file",
    "pdf_page",
    "pdf_pages",
)
AREAS = (
    "item_id",
    "sequence",
    "area_code",
    "carrier",
    "postcode",
    "place",
    "households",
    "refusing_households",
    "quantity",
    "bundle_size",
    "full_bundles",
    "rest",
    "week",
    "leaflet_file",
)
BUNDLES = ("bundle", "container")  # of letters, where they are sorted for bulk postage
COLUMNS = {"print_mailing": LETTERS, "direct_post": AREAS}
