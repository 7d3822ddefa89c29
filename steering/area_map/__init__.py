"""A plan's delivery areas on a map: `selection` says which, `spots` what is drawn of them, `drawing` draws it as SVG."""
