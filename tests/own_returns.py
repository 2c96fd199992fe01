"""A researcher's returns for tests: invented numbers under real keys, only ever written to a temporary folder."""

from optkommunen.returns.read import load_returns

REAL = {
    "M01": "06432", "M02": "06438", "M03": "06434", "M04": "06414", "M05": "09562", "M06": "05554", "M07": "03157",
    "M08": "03358", "M09": "09679", "M10": "05117", "M11": "01054", "M12": "13059", "M13": "15151", "M14": "14272",
    "M15": "14292", "M16": "10046", "M17": "08337", "M18": "06439", "M19": "06431", "M20": "05954", "M21": "03356",
    "M22": "05154", "M23": "06435", "M24": "06437", "M25": "03451", "M26": "05558", "M27": "08317", "M28": "06534",
    "M29": "01059", "M30": "03357", "M31": "16061", "M32": "14280", "M33": "16053", "M34": "12065",
}  # fmt: skip
"""Rings of one and of several, names short and long, municipalities that no longer exist.

Enough of them for every regression: the fullest model of the specification curve has 15 coefficients.
"""


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
