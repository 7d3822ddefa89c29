"""A page as MJML makes it, in fewer bytes: mail programs cut long ones off, and every customer gets a copy.

Nothing that is shown changes. Only what stands inside tags, style sheets and comments for programs is touched, and there
nobody's text is, since that is escaped.
"""

import re

INDENTATION = re.compile(r"\n\s+")
# For Outlook 2003 and for columns that stand side by side; ours are as wide as the page, which their own style says too.
NEEDLESS = re.compile(
    r"<!--\[if lte mso 11\]>.*?<!\[endif\]-->\s*"
    r"|<style[^>]*>[^<]*\.mj-column-per-100[^<]*</style>"
    r"|<!--\[if !mso\]><!--><meta http-equiv=\"X-UA-Compatible\"[^>]*><!--<!\[endif\]-->"
    r"|</?tbody>",  # which every program thinks of by itself
    re.DOTALL,
)
SHEET = re.compile(r"(?<=<style)([^>]*>)(.*?)(?=</style>)", re.DOTALL)
AROUND = re.compile(r"\s*([{};,]|(?<=[a-z]):(?= )(?![^{}();]*\))|!important)\s*")  # a query keeps its blank
TAG = re.compile(r"<[a-z][^<>]*>")
STYLE = re.compile(r'(?<= style=")[^"]*(?=")')
NO_UNIT = re.compile(r"(?<=[: ])0px")
TWICE = re.compile(r"background:(#[0-9a-f]{6});background-color:\1")


def shrunk(page: str) -> str:
    """The same page. MJML's own, in which the text of people and staff is escaped."""
    page = NEEDLESS.sub("", INDENTATION.sub("\n", page))
    page = SHEET.sub(lambda found: found[1] + _sheet(found[2]), page)
    return TAG.sub(lambda tag: STYLE.sub(lambda style: _style(style[0]), tag[0]), page)


def _sheet(css: str) -> str:
    return AROUND.sub(r"\1", css.strip()).replace(";}", "}")


def _style(style: str) -> str:
    return NO_UNIT.sub("0", TWICE.sub(r"background-color:\1", style)).removesuffix(";")
