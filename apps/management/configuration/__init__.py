"""Configuration as code: one YAML file says how things are to be, and the services make them so.

    source     text → nodes with lines          schema     which members there are
    document   nodes → items, all mistakes      current    rows → items
    plan       items against items → changes    carry_out  changes → services, in one transaction
    export     items → text                     show       changes → text

It owns the format and the differences. It owns no rule: what may be stored is decided by the
services of the apps, whose refusals it reports with file and line.
"""
