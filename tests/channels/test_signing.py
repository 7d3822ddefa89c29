"""Our quicker way to sign is Django's way."""

from django.utils.crypto import salted_hmac
from hypothesis import given
from hypothesis import strategies as st

from channels.signing import sign


@given(st.text(min_size=1), st.binary(max_size=300), st.text(min_size=1))
def test_a_signature_is_that_of_salted_hmac(purpose, payload, secret):
    assert sign(purpose, payload, secret) == salted_hmac(purpose, payload, secret=secret, algorithm="sha256").digest()
