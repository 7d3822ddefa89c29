"""Run by path, as a process of its own: compile a typst document to a PDF.

    python typeset_apart.py MAIN ROOT OUTPUT      exits with 3 and the reason on standard error

typst keeps what it has laid out for compiling it again, some 400 MB for 500 letters; that ends with this process.
"""

import sys

import typst

REFUSED = 3
OPTIONS = {
    "ignore_system_fonts": True,
    "pdf_tags": False,
}  # the bundled fonts only, so that it looks the same everywhere

if __name__ == "__main__":
    main, root, output = sys.argv[1:]
    try:
        typst.compile(main, output=output, root=root, format="pdf", **OPTIONS)
    except typst.TypstError as error:
        sys.stderr.write(str(error))
        sys.exit(REFUSED)
