"""A GENESIS table with the time in the rows, written with the time above the columns, as GENESIS prints it."""


def to_columns(lines):
    """Lines of the same table with one block of columns for each time: ``;;31.12.2018`` above ``DG;Deutschland;…``."""
    start = next(at for at, line in enumerate(lines) if at and line.startswith(";"))
    first = next(at for at in range(start, len(lines)) if not lines[at].startswith(";"))
    foot = next(at for at in range(first, len(lines)) if lines[at].startswith("_____"))
    heads = [line.split(";")[3:] for line in lines[start:first]]
    data = [line.split(";") for line in lines[first:foot]]
    times = list(dict.fromkeys(fields[0] for fields in data))
    areas = list(dict.fromkeys((fields[1], fields[2]) for fields in data))
    cells = {(fields[0], fields[1], fields[2]): fields[3:] for fields in data}
    width = len(heads[0])
    dated = ";;" + ";".join(time for time in times for _ in range(width))
    rows = [";".join([*area, *(cell for time in times for cell in cells[(time, *area)])]) for area in areas]
    return [*lines[:start], dated, *(";;" + ";".join(head * len(times)) for head in heads), *rows, *lines[foot:]]
