"""Praise is found in the service dialogue, cut out as passages, and stripped of what tells who is who."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import ServiceCase, Testimonial
from campaigns.testimonials import classifier, finding, passages, redaction
from tests import builders

PRAISE = "Die Beratung war ausgezeichnet, ich habe mich rundum gut aufgehoben gefühlt."
ANGER = "Der Tisch hat einen Kratzer und ein Bein wackelt."


def case(note: str, *, kind: str = "praise", **of: str) -> ServiceCase:
    return ServiceCase.objects.create(
        customer=builders.customer(household=True, **of), kind=kind, subject="x", note=note
    )


class TestClassifier:
    @pytest.mark.parametrize("language", ["de", "en"])
    def test_it_is_good_enough_on_sentences_it_has_not_seen(self, language):
        found = classifier.quality(language=language)
        assert found.sentences == 100
        assert found.precision >= 0.7
        assert found.recall >= 0.55

    def test_nothing_that_it_is_judged_by_was_learned_from(self):
        learned = {row.text for row in classifier.read("training.tsv")}
        assert not learned & {row.text for row in classifier.read("held_out.tsv")}

    def test_of_nothing_there_is_nothing_to_say(self):
        assert classifier.score([]).size == 0


class TestPassages:
    @pytest.mark.parametrize(
        ("message", "sentences"),
        [
            ("Alles gut. Danke!", ["Alles gut.", "Danke!"]),
            ("Frau Dr. Weber half. Am 3. Mai kam es.", ["Frau Dr. Weber half.", "Am 3. Mai kam es."]),
            ("Das z. B. war gut\nSuper!", ["Das z. B. war gut", "Super!"]),
            ('Sie sagte: "Gern." Und so war es.', ['Sie sagte: "Gern."', "Und so war es."]),
            ("  \n ", []),
        ],
    )
    def test_sentences_end_where_people_end_them(self, message, sentences):
        assert passages.sentences(message) == sentences

    def test_neighbours_become_one_passage_and_what_is_between_parts_them(self):
        said = ["Das war sehr gut.", "Das war noch besser.", "Wann?", "Ich komme sehr gern wieder."]
        found = list(passages.passages(said, [True, True, False, True]))
        assert found == [(f"{said[0]} {said[1]}", [0, 1]), (said[3], [3])]

    def test_too_few_words_say_nothing(self):
        assert list(passages.passages(["Super, gerne wieder!"], [True])) == []

    @given(st.lists(st.text("abc .", min_size=1, max_size=300), max_size=8))
    def test_no_passage_is_longer_than_people_read(self, said):
        found = list(passages.passages(said, [True] * len(said)))
        assert all(len(text) <= passages.LONGEST for text, _ in found)


class TestRedaction:
    @pytest.mark.parametrize(
        ("text", "redacted"),
        [
            ("Danke an Frau Schuster für alles.", "Danke an Frau […] für alles."),
            ("Herr Dr. Klaus Weber war toll.", "Herr […] war toll."),
            ("Hier schreibt Frau Anna Weber, 10115 Berlin.", "Hier schreibt Frau […]."),
            ("Thanks to Ms Shaw for that.", "Thanks to […] for that."),
            ("Schreiben Sie an anna.w@example.org oder 0171 / 234 56 78.", "Schreiben Sie an […] oder […]."),
            ("Bestellung AB-12345 war super.", "Bestellung […] war super."),
            ("Lieferung in die Lange Straße 5 in 10115 Berlin.", "Lieferung in die […] in […]."),
            ("Seit dem 3.5.2026 läuft es.", "Seit dem […] läuft es."),
            ("IBAN DE89 3704 0044 0532 0130 00 bitte.", "IBAN […] bitte."),
            ("Nach 2 Jahren noch wie neu, für 49 Euro.", "Nach 2 Jahren noch wie neu, für 49 Euro."),
        ],
    )
    def test_what_tells_who_is_who_is_left_out(self, text, redacted):
        assert redaction.redact(text) == redacted

    def test_the_customers_own_name_and_place_are_left_out(self):
        said = "Ich, Anna WEBER aus Ulm, bin begeistert, sagt Webers Hund."
        assert redaction.redact(said, names=["Anna", "Weber"], places=["Ulm"]) == (
            "Ich, […] aus […], bin begeistert, sagt […] Hund."
        )

    def test_a_name_that_is_also_a_word_leaves_the_word_alone(self):
        assert redaction.redact("Das ist gut, sagt Gut.", names=["Gut"]) == "Das ist gut, sagt […]."

    @given(st.text(max_size=200), st.from_regex(r"[A-Z][a-z]{3,12}", fullmatch=True))
    def test_the_name_is_nowhere_as_a_word(self, text, name):
        assert name not in redaction.redact(f"{text} {name} {text}", names=[name]).split(" ")

    @given(st.text("{}*_`#<>[]|\\ab c", max_size=80))
    def test_a_quote_holds_no_markup_but_the_mark_of_what_was_left_out(self, text):
        quote = finding.quotable(text).replace(redaction.LEFT_OUT, "")
        assert not set(quote) & set("{}*_`#<>[]|\\")


@pytest.mark.django_db
class TestProposing:
    def test_praise_among_other_things_is_proposed_alone(self):
        made = case(f"{ANGER} {PRAISE} Wo finde ich die Rechnung zu meiner Bestellung?")
        assert finding.propose_new() == 1
        found = Testimonial.objects.get()
        assert (found.quote, found.case, found.customer) == (PRAISE, made, made.customer)
        assert (found.state, found.language) == ("proposed", "de")
        assert found.score >= classifier.SURE

    def test_each_message_is_read_once(self):
        case(PRAISE)
        assert [finding.propose_new(), finding.propose_new()] == [1, 0]
        assert Testimonial.objects.count() == 1

    def test_complaints_are_not_read(self):
        case(PRAISE, kind="complaint")
        assert finding.propose_new() == 0

    def test_the_name_of_the_customer_does_not_get_in(self):
        case(
            f"Ich bin Gundula Meisenkaiser. {PRAISE} Ich, Gundula, bin sehr zufrieden.",
            first_name="Gundula",
            last_name="Meisenkaiser",
        )
        finding.propose_new()
        assert not [found for found in Testimonial.objects.all() if "Gundula" in found.quote or "Meisen" in found.quote]

    def test_many_messages_are_read_in_chunks(self, monkeypatch):
        monkeypatch.setattr(finding, "CHUNK", 2)
        for _ in range(5):
            case(PRAISE)
        assert finding.propose_new() == 5
