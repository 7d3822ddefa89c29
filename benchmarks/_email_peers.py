"""What others do: Django's send_mail in a Celery task for each recipient, and django-post_office.

    celery -A benchmarks._email_peers worker        the tasks, of this environment
    python -m benchmarks._email_peers tasks COUNT   sends so many by them, and prints the seconds
    python -m benchmarks._email_peers post COUNT PROCESSES   with django-post_office, by a Python of its own

Each sends the same multipart mail, personalised as its users would, to the server at SINK_PORT.
"""

import json
import os
import sys
import time
from pathlib import Path

import django
from django.conf import settings

HERE = Path(__file__).resolve().parent
SENDER = "news@example.com"
HEADERS = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def html() -> str:
    """As large as ours; written into a file by the benchmark, from the platform's own rendition."""
    return Path(os.environ["PEER_HTML"]).read_text()


def configure(**more: object) -> None:
    settings.configure(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=int(os.environ["SINK_PORT"]),
        SECRET_KEY="of a benchmark",  # noqa: S106
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        **more,
    )
    django.setup()


def post_office(count: int, processes: int) -> None:
    configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **json.loads(os.environ["PEER_DATABASE"])}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        POST_OFFICE={
            "BATCH_SIZE": 1000,
            "THREADS_PER_PROCESS": 5,
            "MAX_RETRIES": 0,
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "LOG_LEVEL": 0,
        },
    )
    from django.core.management import call_command
    from post_office import mail
    from post_office.models import Email

    call_command("migrate", verbosity=0)
    page = html()
    mail.send_many(
        [
            {
                "sender": SENDER,
                "recipients": [f"kunde.{n}@example.com"],
                "subject": f"Erika {n}",
                "message": f"Hallo Erika {n}",
                "html_message": page.replace("TOKEN", f"t{n}"),
                "headers": HEADERS,
                "priority": "medium",
            }
            for n in range(count)
        ]
    )
    begun = time.monotonic()
    call_command("send_queued_mail", processes=processes, verbosity=0)
    seconds = time.monotonic() - begun
    print(json.dumps({"sent": Email.objects.filter(status=0).count(), "seconds": seconds}))


def tasks(count: int) -> None:
    import redis

    counter = redis.Redis.from_url(os.environ["PEER_REDIS"])
    counter.delete("peer-sent")
    begun = time.monotonic()
    for n in range(count):
        send_one.delay(n)
    while int(counter.get("peer-sent") or 0) < count:
        time.sleep(0.02)
    print(json.dumps({"sent": count, "seconds": time.monotonic() - begun}))


if __name__ != "__main__" or sys.argv[1] == "tasks":
    from celery import Celery

    if not settings.configured:
        configure()
    url = os.environ["PEER_REDIS"]
    is_file = url.startswith("unix://")
    broker = url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=") if is_file else url
    app = Celery("peers", broker=broker)
    app.conf.task_default_queue = "benchmark-peers"
    app.conf.task_ignore_result = True

    @app.task(name="peers.send_one")
    def send_one(n: int) -> None:
        from django.core.mail import send_mail

        page = html().replace("TOKEN", f"t{n}")
        send_mail(f"Erika {n}", f"Hallo Erika {n}", SENDER, [f"kunde.{n}@example.com"], html_message=page)
        _counter().incr("peer-sent")

    def _counter(kept: list = []):  # noqa: B006 - one connection a process
        import redis

        if not kept:
            kept.append(redis.Redis.from_url(os.environ["PEER_REDIS"]))
        return kept[0]


if __name__ == "__main__":
    if sys.argv[1] == "post":
        post_office(int(sys.argv[2]), int(sys.argv[3]))
    else:
        tasks(int(sys.argv[2]))
