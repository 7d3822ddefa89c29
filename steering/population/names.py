"""Plausible German names: first names by generation, last names, titles, roughly as frequent as they are."""

import numpy as np

# The year before which they were born, then women and men; the most frequent first.
FIRST_NAMES = """
1958 Ursula Renate Helga Karin Monika Ingrid Gisela Christa Erika Brigitte Elisabeth Hannelore Waltraud Gerda Edith
1958 Hans Peter Klaus Günter Manfred Jürgen Wolfgang Dieter Horst Helmut Werner Karl Gerhard Heinz Siegfried
1975 Sabine Susanne Petra Andrea Martina Claudia Birgit Heike Gabriele Kerstin Anja Silke Ute Bettina Jutta
1975 Thomas Michael Andreas Stefan Frank Uwe Jörg Ralf Matthias Martin Torsten Bernd Dirk Holger Rüdiger
1992 Stefanie Christina Sandra Nicole Julia Katharina Anna Melanie Nadine Jennifer Daniela Sarah Ayşe Agnieszka Zoë
1992 Christian Sebastian Daniel Alexander Jan Tobias Florian Benjamin Markus Philipp Mehmet Dennis Piotr Björn Sören
9999 Laura Lena Lea Sophie Marie Hannah Johanna Leonie Elif Emily Paula Amelie Clara Mia Fatma
9999 Lukas Leon Finn Jonas Maximilian Felix Paul Niklas Tim Moritz Emre Elias Noah Ben Mateusz
"""
_LINES = [line.split() for line in FIRST_NAMES.strip().splitlines()]
BORN_BEFORE = [int(line[0]) for line in _LINES[::2]]
FIRST = np.array([line[1:] for line in _LINES], dtype=object)  # a row for the women and one for the men of each time
LAST_NAMES = (
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf "
    "Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann "
    "Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn "
    "Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon "
    "Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas "
    "Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff "
    "Pfeiffer Yılmaz Kaya Demir Nowak Kowalski Nguyen Petrov Rossi Ivanović Öztürk Meyer-Lüdtke von_der_Heide"  # noqa: RUF001
)
LAST = np.array([name.replace("_", " ") for name in LAST_NAMES.split()], dtype=object)
TITLES = np.array(["", "Dr.", "Prof. Dr."], dtype=object)
TITLE_SHARES = (0.975, 0.022, 0.003)


def _falling(count: int, power: float) -> np.ndarray:
    """Frequencies that fall with the rank."""
    weights = (np.arange(count) + 3.0) ** -power
    return weights / weights.sum()


def last_names(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.choice(LAST, count, p=_falling(len(LAST), 0.7))


def first_names(
    rng: np.random.Generator, *, is_woman: np.ndarray, born_in: np.ndarray, group: np.ndarray
) -> np.ndarray:
    """A first name for each person; within a group (a household) no two share one."""
    row = 2 * np.searchsorted(BORN_BEFORE, born_in, side="right") + ~is_woman
    count = FIRST.shape[1]
    index = rng.choice(count, len(is_woman), p=_falling(count, 0.6))
    return FIRST[row, _distinct(index, key=group * len(FIRST) + row, count=count)]


def _distinct(index: np.ndarray, *, key: np.ndarray, count: int) -> np.ndarray:
    """Move on to the next index until no two of the same key are equal."""
    index = index.copy()
    while True:
        whole = key.astype(np.int64) * count + index
        order = np.argsort(whole, kind="stable")
        repeated = order[1:][whole[order][1:] == whole[order][:-1]]
        if not len(repeated):
            return index
        index[repeated] = (index[repeated] + 1) % count


def titles(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.choice(TITLES, count, p=TITLE_SHARES)
