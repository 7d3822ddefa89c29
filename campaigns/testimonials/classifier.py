"""Is a sentence praise? Words and pieces of words, weighed by logistic regression; learned in a moment when first asked.

`data/training.tsv` holds the sentences that it learns from, German and English, written for this project and free of
rights of others; `data/held_out.tsv` those that it is judged by, written by somebody who had not seen the former.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union

DATA = Path(__file__).parent / "data"
PRAISE = "praise"
SURE = 0.6  # from here on a sentence is proposed: rather miss some than make people read complaints
WORDS = r"(?u)\b\w+\b|[?!]"  # marks are words too: questions are no praise


@dataclass(frozen=True)
class Labelled:
    is_praise: bool
    language: str
    text: str


@dataclass(frozen=True)
class Quality:
    """Of the sentences that were proposed, how many are praise; of the praise, how much was proposed."""

    precision: float
    recall: float
    sentences: int


def score(sentences: Sequence[str]) -> np.ndarray:
    """(n,) how probably each is praise and nothing else."""
    return _learned().predict_proba(list(sentences))[:, 1] if len(sentences) else np.zeros(0)


def quality(*, language: str = "") -> Quality:
    """On the held-out sentences, of one language or of all."""
    asked = [one for one in read("held_out.tsv") if language in ("", one.language)]
    truth = np.array([one.is_praise for one in asked])
    proposed = score([one.text for one in asked]) >= SURE
    right = int((truth & proposed).sum())
    return Quality(right / max(int(proposed.sum()), 1), right / max(int(truth.sum()), 1), len(asked))


def read(name: str) -> list[Labelled]:
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Labelled(label == PRAISE, language, text) for label, language, text in rows]


@lru_cache(maxsize=1)
def _learned() -> Pipeline:
    rows = read("training.tsv")
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORDS)
    model = make_pipeline(make_union(pieces, words), LogisticRegression(C=30, max_iter=1000))
    return model.fit([row.text for row in rows], [row.is_praise for row in rows])
