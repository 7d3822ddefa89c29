"""Before messages are given away: may they go now by every limit, and what when a mail host says that it is too much."""

from collections.abc import Sequence

from . import buckets, limits, warm_up
from .asking import Ask
from .limits import Limits


def admit(channel: str, provider: str, domains: Sequence[str]) -> list[float]:
    """Seconds to wait for each message of a batch, by its recipient's domain ('': none); 0: it may go now.

    Who may go has taken its tokens of the channel, the provider and the mail host, and its place in a warm-up. The others
    have taken nothing: they ask again.
    """
    if not domains:
        return []
    waits = buckets.take(_ask(limits.current(), channel, provider, domains))
    return warm_up.hold(channel, provider, waits)


def admit_by(providers: Sequence[str]) -> list[float]:
    """The same for messages that were admitted before a provider was chosen for each, by the providers' own limits.

    One round trip for all of them, and none where they have no limit.
    """
    rates = limits.current().providers
    asking = [name for name in providers if rates.get(name)]
    if not asking:
        return [0.0] * len(providers)
    names = sorted(set(asking))
    of_message = [names.index(name) + 1 for name in asking]
    waits = iter(buckets.take(Ask("", "", 0.0, 0.0, names, [rates[name] for name in names], of_message, "provider")))
    return [next(waits) if rates.get(name) else 0.0 for name in providers]


def shared_out(providers: Sequence[str], number: int) -> list[str]:
    """So many messages' providers, in proportion to their speed limits; nothing where none of them has one."""
    rates = limits.current().providers
    turns = ((place / rates[name], name) for name in providers if rates.get(name) for place in range(1, number + 1))
    return [name for _, name in sorted(turns)[:number]]


def slow_down(provider: str, domain: str, seconds: float) -> None:
    """A mail host said that it is too much (421, 450, 452): leave it alone for some seconds, then be slower with it."""
    buckets.slow(provider, limits.current().host(domain), max(0.0, seconds))


def _ask(known: Limits, channel: str, provider: str, domains: Sequence[str]) -> Ask:
    host_of = {domain: known.host(domain) for domain in set(domains)}
    hosts = sorted(set(host_of.values()))
    number = {host: place for place, host in enumerate(hosts, start=1)}
    return Ask(
        channel=channel,
        provider=provider,
        channel_rate=known.channels.get(channel, 0.0),
        provider_rate=known.providers.get(provider, 0.0),
        hosts=hosts,
        host_rates=[known.hosts.get(host, 0.0) for host in hosts],
        of_message=[number[host_of[domain]] for domain in domains],
    )
