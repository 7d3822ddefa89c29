"""Run by path, as a process of its own: compile a typst document to a PDF.

    python typeset_apart.py MAIN ROOT OUTPUT [AHEAD]      exits with 3 and the reason on standard error

With AHEAD the document is compiled twice: first with the input `ahead`, to a PDF of that name from which it then takes
what is the same on many pages. typst keeps what it has laid out for compiling it again, some hundred MB for a thousand
letters; that ends with this process.
"""

import sys

import typst

REFUSED = 3
OPTIONS = {
    "ignore_system_fonts": True,
    "pdf_tags": False,
}  # the bundled fonts only, so that it looks the same everywhere


def compile_pdf(main: str, root: str, output: str, ahead: str = "") -> None:
    """Raises typst.TypstError."""
    if ahead:
        typst.compile(main, output=ahead, root=root, format="pdf", sys_inputs={"ahead": "yes"}, **OPTIONS)
    typst.compile(main, output=output, root=root, format="pdf", **OPTIONS)


if __name__ == "__main__":
    try:
        compile_pdf(*sys.argv[1:])
    except typst.TypstError as error:
        sys.stderr.write(str(error))
        sys.exit(REFUSED)
