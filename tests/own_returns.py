"""A researcher's returns for tests: invented numbers under real keys, only ever written to a temporary folder."""

from optkommunen.loaders.returns import load_returns

REAL = {
    "M01": "06432", "M02": "06438", "M03": "06434", "M04": "06414", "M05": "09562", "M06": "05554", "M07": "03157",
    "M08": "03358", "M09": "09679", "M10": "05117", "M11": "01054", "M12": "13059", "M13": "15151", "M14": "14272",
    "M15": "14292", "M16": "10046", "M17": "08337", "M18": "06439",
}  # fmt: skip
"""Rings of one and of several, names short and long, municipalities that no longer exist."""


def write_own_returns(folder, drop=()):
    """CSV tables of the municipalities in `REAL` without status and units; `drop`: (key, month) left out."""
    returns = load_returns().only(REAL)
    for name in ("monthly", "annual", "services"):
        table = getattr(returns, name).drop(columns="status")
        table["kommune"] = table["kommune"].map(REAL)
        if name == "monthly":
            gone = [pair in set(drop) for pair in zip(table["kommune"], table["period"], strict=True)]
            table = table[[not g for g in gone]]
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder
