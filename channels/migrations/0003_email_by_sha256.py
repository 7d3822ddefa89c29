"""Visitors are recognised by the SHA-256 of their e-mail address (GET /banner/decide?h=)."""

from django.db import migrations

# convert_to() counts as changeable because encodings can be redefined; for UTF-8 it never changes.
CREATE = """
    CREATE FUNCTION sha256_of(text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN sha256(convert_to($1, 'UTF8'));
    CREATE INDEX identifier_email_sha256 ON campaigns_identifier (sha256_of(value)) WHERE kind = 'email';
"""


class Migration(migrations.Migration):
    dependencies = [("channels", "0002_dispatch_arrows"), ("campaigns", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE, "DROP INDEX identifier_email_sha256; DROP FUNCTION sha256_of(text);")
    ]
