"""The made-up map: where real cities lie, and in each of their postcodes districts that together fill a disc."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPoint, Point, Polygon

from .places import PLACES, Place

# Latitude and longitude of the middle of each city.
CITIES = """
Stuttgart 48.776 9.183; Mannheim 49.488 8.467; Karlsruhe 49.007 8.404; Freiburg im Breisgau 47.996 7.849; Heidelberg 49.399 8.673; Ulm 48.401 9.988; Konstanz 47.678 9.173; Ravensburg 47.782 9.611
München 48.137 11.575; Nürnberg 49.453 11.077; Augsburg 48.366 10.895; Regensburg 49.013 12.102; Ingolstadt 48.766 11.426; Würzburg 49.792 9.953; Bamberg 49.892 10.887; Passau 48.567 13.432; Kempten (Allgäu) 47.727 10.316
Berlin 52.517 13.389; Potsdam 52.401 13.059; Cottbus 51.757 14.329; Brandenburg an der Havel 52.411 12.556; Frankfurt (Oder) 52.341 14.551; Bremen 53.076 8.807; Bremerhaven 53.540 8.581; Hamburg 53.551 10.000
Frankfurt am Main 50.111 8.682; Wiesbaden 50.082 8.242; Kassel 51.315 9.498; Darmstadt 49.873 8.651; Gießen 50.584 8.678; Fulda 50.552 9.676; Rostock 54.089 12.140; Schwerin 53.629 11.415; Neubrandenburg 53.557 13.262; Stralsund 54.309 13.082
Hannover 52.375 9.739; Braunschweig 52.265 10.527; Oldenburg 53.144 8.214; Osnabrück 52.272 8.047; Wolfsburg 52.423 10.787; Göttingen 51.533 9.935; Hildesheim 52.152 9.951
Köln 50.938 6.957; Düsseldorf 51.225 6.776; Dortmund 51.514 7.465; Essen 51.458 7.015; Duisburg 51.435 6.763; Bochum 51.482 7.216; Wuppertal 51.256 7.150; Bielefeld 52.019 8.531; Bonn 50.736 7.100; Münster 51.962 7.626; Aachen 50.776 6.084; Siegen 50.875 8.023
Mainz 50.000 8.271; Ludwigshafen am Rhein 49.477 8.445; Koblenz 50.357 7.594; Trier 49.757 6.641; Kaiserslautern 49.444 7.769; Saarbrücken 49.235 6.997; Neunkirchen 49.345 7.180; Homburg 49.326 7.338
Leipzig 51.340 12.375; Dresden 51.050 13.738; Chemnitz 50.833 12.920; Zwickau 50.718 12.496; Görlitz 51.153 14.988; Halle (Saale) 51.483 11.970; Magdeburg 52.132 11.640; Dessau-Roßlau 51.835 12.246; Lutherstadt Wittenberg 51.867 12.648
Kiel 54.323 10.139; Lübeck 53.866 10.687; Flensburg 54.784 9.437; Norderstedt 53.707 9.992; Erfurt 50.978 11.029; Jena 50.928 11.588; Gera 50.878 12.082; Weimar 50.980 11.330
"""
KM_PER_DEGREE = 111.32
CORNERS = 32  # of the disc of a postcode
INSIDE = 0.97  # of the way to the border, at most, lies a house


@dataclass(frozen=True)
class Districts:
    """Convex cells, one per delivery area. Longitude and latitude in the columns of `middles` and `corners`.

    The corners of cell i are rows `first[i]` to `first[i + 1]`, the first one not repeated.
    """

    middles: np.ndarray
    corners: np.ndarray
    first: np.ndarray

    def ring(self, area: int) -> list[list[float]]:
        """Closed, as GeoJSON wants it."""
        corners = self.corners[self.first[area] : self.first[area + 1]].tolist()
        return [*corners, corners[0]]

    def houses(self, areas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n, 2) a point inside of each of these areas: a triangle of middle and two corners, and a place in it."""
        along, out, between = rng.random((3, len(areas)))
        sizes = (self.first[1:] - self.first[:-1])[areas]
        corner = (along * sizes).astype(int)
        one = self.corners[self.first[areas] + corner]
        other = self.corners[self.first[areas] + (corner + 1) % sizes]
        edge = one + between[:, None] * (other - one)
        middle = self.middles[areas]
        return middle + INSIDE * np.sqrt(out)[:, None] * (edge - middle)


def draw(place: np.ndarray, rng: np.random.Generator) -> Districts:
    """`place` (n,) index in PLACES per area."""
    middles = np.empty((len(place), 2))
    cells: list[np.ndarray] = [np.empty((0, 2))] * len(place)
    for index in np.unique(place).tolist():
        of_place = np.flatnonzero(place == index)
        points, polygons = _divided(_radius(PLACES[index]), len(of_place), rng)
        scale, centre = _scale_and_centre(index)
        middles[of_place] = centre + points * scale
        for area, polygon in zip(of_place.tolist(), polygons, strict=True):
            cells[area] = np.round(centre + shapely.get_coordinates(polygon)[:-1] * scale, 6)
    first = np.concatenate([[0], np.cumsum([len(cell) for cell in cells])]).astype(int)
    return Districts(np.round(middles, 6), np.concatenate(cells), first)


def _divided(radius: float, parts: int, rng: np.random.Generator) -> tuple[np.ndarray, list[Polygon]]:
    """Points in a disc around 0, in km, and who is nearest to each (Voronoi), moved once to the middles (Lloyd)."""
    disc = Point(0, 0).buffer(radius, quad_segs=CORNERS // 4)
    turn, out = rng.random((2, parts))
    ways = np.column_stack([np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)])
    points = 0.9 * radius * np.sqrt(out)[:, None] * ways
    cells = _cells(points, disc)
    points = shapely.get_coordinates(shapely.centroid(cells))
    return points, _cells(points, disc)


def _cells(points: np.ndarray, disc: Polygon) -> list[Polygon]:
    if len(points) == 1:
        return [disc]
    around = shapely.voronoi_polygons(MultiPoint(points), extend_to=disc, ordered=True)
    return shapely.intersection(shapely.get_parts(around), disc).tolist()


def _radius(place: Place) -> float:
    """Of a postcode, in km; `weight` is in thousands of inhabitants."""
    return 1.0 + 0.06 * place.weight**0.5


def _scale_and_centre(index: int) -> tuple[np.ndarray, np.ndarray]:
    """Degrees per km, and where the postcode lies: several of a city stand around its middle and touch each other."""
    place = PLACES[index]
    latitude, longitude = MIDDLES[place.city]
    scale = np.array([1 / (KM_PER_DEGREE * np.cos(np.radians(latitude))), 1 / KM_PER_DEGREE])
    of_city = [one.postcode for one in PLACES if one.city == place.city]
    if len(of_city) == 1:
        return scale, np.array([longitude, latitude])
    turn = 2 * np.pi * of_city.index(place.postcode) / len(of_city)
    away = 1.02 * _radius(place) / np.sin(np.pi / len(of_city))
    return scale, np.array([longitude, latitude]) + away * np.array([np.cos(turn), np.sin(turn)]) * scale


def _read() -> dict[str, tuple[float, float]]:
    found = {}
    for city in CITIES.strip().replace("\n", "; ").split("; "):
        *name, latitude, longitude = city.split()
        found[" ".join(name)] = float(latitude), float(longitude)
    return found


MIDDLES = _read()
