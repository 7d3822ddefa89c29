"""Real German cities with some of their postcodes, over all sixteen states; streets are made up."""

from dataclasses import dataclass

import numpy as np

# state: city, thousands of inhabitants, postcodes
CITIES = """
Baden-Württemberg: Stuttgart 630 70173 70376 70565; Mannheim 315 68159 68305; Karlsruhe 308 76131 76227; Freiburg im Breisgau 236 79098 79115; Heidelberg 162 69115 69126; Ulm 129 89073 89081; Konstanz 85 78462; Ravensburg 51 88212
Bayern: München 1510 80331 80634 81539 81929; Nürnberg 523 90402 90478; Augsburg 301 86150 86199; Regensburg 157 93047 93059; Ingolstadt 141 85049; Würzburg 127 97070; Bamberg 79 96047; Passau 53 94032; Kempten (Allgäu) 70 87435
Berlin: Berlin 3780 10115 10405 12043 12459 13353 14055
Brandenburg: Potsdam 187 14467 14482; Cottbus 99 03046; Brandenburg an der Havel 73 14770; Frankfurt (Oder) 57 15230
Bremen: Bremen 577 28195 28309; Bremerhaven 118 27568
Hamburg: Hamburg 1890 20095 20253 22081 22765
Hessen: Frankfurt am Main 773 60311 60435 60594; Wiesbaden 283 65183; Kassel 204 34117; Darmstadt 162 64283; Gießen 93 35390; Fulda 69 36037
Mecklenburg-Vorpommern: Rostock 209 18055; Schwerin 98 19053; Neubrandenburg 64 17033; Stralsund 59 18439
Niedersachsen: Hannover 545 30159 30625; Braunschweig 251 38100; Oldenburg 172 26121; Osnabrück 167 49074; Wolfsburg 127 38440; Göttingen 118 37073; Hildesheim 101 31134
Nordrhein-Westfalen: Köln 1085 50667 50823 51103; Düsseldorf 629 40210 40476; Dortmund 593 44135 44309; Essen 582 45127 45239; Duisburg 502 47051; Bochum 365 44787; Wuppertal 358 42103; Bielefeld 338 33602; Bonn 336 53111; Münster 320 48143; Aachen 252 52062; Siegen 103 57072
Rheinland-Pfalz: Mainz 220 55116; Ludwigshafen am Rhein 174 67059; Koblenz 115 56068; Trier 112 54290; Kaiserslautern 100 67655
Saarland: Saarbrücken 181 66111; Neunkirchen 46 66538; Homburg 42 66424
Sachsen: Leipzig 616 04109 04229 04315; Dresden 563 01067 01309; Chemnitz 248 09111; Zwickau 87 08056; Görlitz 56 02826
Sachsen-Anhalt: Halle (Saale) 242 06108; Magdeburg 240 39104; Dessau-Roßlau 79 06844; Lutherstadt Wittenberg 45 06886
Schleswig-Holstein: Kiel 247 24103; Lübeck 218 23552; Flensburg 92 24937; Norderstedt 82 22844
Thüringen: Erfurt 215 99084; Jena 111 07743; Gera 92 07545; Weimar 65 99423
"""
STREET_BEGINNINGS = """
Ahorn Birken Linden Eichen Buchen Kastanien Ulmen Erlen Rosen Tulpen Nelken Flieder Amsel Drossel Finken Lerchen Falken
Schwalben Mühlen Bach Berg Tal Wald Wiesen Feld Garten Kirch Schul Bahnhof Markt Brunnen Sonnen Mond Hafen Ufer Weiden
Heide Moor Hügel Stein Gold Silber Glas Töpfer Weber Bäcker Schmiede Gerber Winzer Fischer
"""
STREET_ENDINGS = (
    "straße",
    "weg",
    "gasse",
    "allee",
    "ring",
    "platz",
    "pfad",
    "steig",
    "damm",
    "höhe",
    "winkel",
    "grund",
)
STREETS = [beginning + ending for ending in STREET_ENDINGS for beginning in STREET_BEGINNINGS.split()]
CARRIERS = ("Verteilpost", "Haushaltsbote", "Regionalzustell")
URBAN_THOUSANDS = 250


@dataclass(frozen=True)
class Place:
    """One postcode."""

    postcode: str
    city: str
    state: str
    weight: float
    is_urban: bool


def _read() -> list[Place]:
    places = []
    for line in CITIES.strip().splitlines():
        state, _, cities = line.partition(": ")
        for city in cities.split("; "):
            words = city.split()
            postcodes = [word for word in words if len(word) == 5 and word.isdigit()]
            *name, thousands = words[: -len(postcodes)]
            weight = float(thousands) / len(postcodes)
            is_urban = int(thousands) >= URBAN_THOUSANDS
            places += [Place(postcode, " ".join(name), state, weight, is_urban) for postcode in postcodes]
    return places


PLACES = _read()
STATES = sorted({place.state for place in PLACES})
WEIGHTS = np.array([place.weight for place in PLACES]) ** 0.7  # smaller cities are a sample of many like them
WEIGHTS /= WEIGHTS.sum()
