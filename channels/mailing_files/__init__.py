"""The files of print jobs: rows in the format that a vendor takes, compressed and encrypted as it wants them.

`packing` says what is done to every file on its way to the disk, `tables` which columns there are and where they come from,
and one module each writes CSV, JSON lines, XLSX and XML. Where files lie: channels.print_files.
"""
