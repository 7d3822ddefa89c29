"""What others do: reportlab, with the same letter. Run by a Python of its own: `-m benchmarks._letters_peer LETTERS EACH CODES`.

The text is set by its paragraphs, the QR code (where CODES is 1) by segno as one path, which is faster than reportlab's own.
"""

import io
import json
import os
import random
import sys
import time

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

WIDTH, HEIGHT = A4
STYLE = ParagraphStyle("body", fontName="Times-Roman", fontSize=11, leading=15)
TEXT = (
    "lange Abende, gute Gespräche, ein Tisch im Grünen: Unsere neue Sommerkollektion ist da. Wir haben sie mit Werkstätten"
    " aus der Region entworfen, <b>aus heimischer Robinie</b>, wetterfest und so gebaut, dass man sie reparieren kann.",
    "Tische in vier Größen, auf Wunsch nach Maß. Bänke und Stühle, stapelbar. Lieferung und Aufbau in {city} inbegriffen.",
    "<b>20 % auf alle Gartenmöbel</b><br/>Einmal einlösbar, im Laden und im Netz. Gültig bis 31. August 2027. {code}",
    "<b>Gartenschau im Laden am Hafen</b><br/>Hafenstraße 12, 28217 Bremen<br/>10. Juli 2027, 10 bis 18 Uhr",
    "Mit freundlichen Grüßen<br/><b>Muster GmbH</b>",
    "Der Nachlass gilt auf den Verkaufspreis, nicht für Gutscheine, und nicht zusammen mit anderen Aktionen.",
)


def letter(canvas: Canvas, n: int, draw: random.Random, with_code: bool) -> None:
    canvas.setFont("Times-Bold", 17)
    canvas.drawString(25 * mm, HEIGHT - 24 * mm, "Muster GmbH")
    canvas.line(25 * mm, HEIGHT - 28 * mm, 190 * mm, HEIGHT - 28 * mm)
    for y in (105, 148.5, 210):
        canvas.line(4 * mm, HEIGHT - y * mm, 8 * mm, HEIGHT - y * mm)
    canvas.setFont("Times-Roman", 7)
    canvas.drawString(25 * mm, HEIGHT - 61 * mm, "Muster GmbH, Musterstraße 1, 10115 Berlin")
    canvas.setFont("Times-Roman", 10.5)
    for row, line in enumerate((f"Frau Erika Muster-{n}", f"Hauptstraße {n % 300}", f"{10000 + n % 80000} Berlin")):
        canvas.drawString(25 * mm, HEIGHT - (66 + 4.4 * row) * mm, line)
    y = HEIGHT - 100 * mm
    for text in (f"Sehr geehrte Frau Muster-{n},", *TEXT):
        paragraph = Paragraph(text.format(city="Berlin", code=f"{draw.getrandbits(56):014X}"), STYLE)
        _, tall = paragraph.wrap(165 * mm, y)
        paragraph.drawOn(canvas, 25 * mm, y - tall)
        y -= tall + 12
    if with_code:
        code(canvas, f"https://steering.example.com/r/{draw.getrandbits(136):034x}", y - 26 * mm)
    canvas.showPage()


def code(canvas: Canvas, link: str, bottom: float) -> None:
    rows = segno.make(link, error="m", micro=False).matrix
    side = 26 * mm / (len(rows) + 8)
    path = canvas.beginPath()
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            if module:
                path.rect(25 * mm + (x + 4) * side, bottom + (len(rows) + 3 - y) * side, side, side)
    canvas.drawPath(path, stroke=0, fill=1)


def run(letters: int, each: int, with_code: bool) -> dict[str, float]:
    draw = random.Random(1)  # noqa: S311
    begun, used = time.monotonic(), sum(os.times()[:2])
    for first in range(0, letters, each):
        data = io.BytesIO()
        canvas = Canvas(data, pagesize=A4, pageCompression=1)
        for n in range(first, min(first + each, letters)):
            letter(canvas, n, draw, with_code)
        canvas.save()
    return {"letters": letters, "seconds": time.monotonic() - begun, "processor_seconds": sum(os.times()[:2]) - used}


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1")), flush=True)
