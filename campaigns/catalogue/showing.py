"""What a product says in a content: fields of a row, with the price as it is written in each language."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from babel.numbers import format_currency
from django.db.models import Q, QuerySet

from campaigns import languages
from campaigns.blocks import Kind, references
from campaigns.content_error import ContentError
from campaigns.models import Product
from campaigns.plain_text import one_line

LONGEST_NAME = 80
MOST_WORDS = 10


def register() -> None:
    references.register(Kind.PRODUCT, check=check, fields=fields)


def check(sku: str, path: str) -> None:
    """Raises ContentError for a product that is in no feed; one that is not available now may come back."""
    if not Product.objects.current().filter(sku=sku).exists():
        raise ContentError(path, f"there is no product “{sku[:50]}”")


def fields(sku: str) -> Mapping[str, str] | None:
    """None while it is not available."""
    found = Product.objects.current().filter(sku=sku, is_available=True).first()
    return said(found) if found else None


def said(product: Product) -> dict[str, str]:
    """`price` is in the company's own language, `price@en` in another; braces would be placeholders."""
    name, text = (one.replace("{", "(").replace("}", ")") for one in (product.title, product.description))
    own = languages.own()
    prices = {language: price(product.price_cents, product.currency, language) for language in languages.LANGUAGES}
    others = {f"price@{language}": told for language, told in prices.items() if language != own}
    made = {"name": one_line(name, longest=LONGEST_NAME), "price": prices[own], "text": text, **others}
    made |= {"source": product.source, "url": product.url}
    return {name: value for name, value in made.items() if value}


def price(cents: int | None, currency: str, language: str) -> str:
    """1.349,00 € in German, €1,349.00 in English."""
    return "" if cents is None else format_currency(Decimal(cents) / 100, currency, locale=language)


def of(skus: Iterable[str], *, at: datetime | None = None) -> dict[str, Product]:
    """Products by id, as they are now or were at that moment; one query."""
    then = Q(until=None) if at is None else Q(since__lte=at) & (Q(until=None) | Q(until__gt=at))
    return {product.sku: product for product in Product.objects.filter(then, sku__in=set(skus))}


def search(words: str) -> QuerySet[Product]:
    """Products of now, available ones first, with all the words in the id or the title."""
    found = Product.objects.current()
    for word in words.replace("\0", "").split()[:MOST_WORDS]:
        found = found.filter(Q(sku__icontains=word) | Q(title__icontains=word))
    return found.order_by("-is_available", "title", "sku")
