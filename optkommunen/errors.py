"""The one exception family: every message states the rule, what was found and the way out."""


class OptkommunenError(Exception):
    """Base of every error this package raises on purpose."""


class IntegrityError(OptkommunenError):
    """A bundled table is not what its descriptor says (missing, changed, other columns, broken constraint)."""


class FileFormatError(OptkommunenError):
    """A file given by the user is not what its reader expects; says where: file, sheet, row, column.

    Attributes
    ----------
    rule, found, way_out : parts of the message, for who says them in another language; empty if it is one text.
    row : line or row that it is about; 0 if none.
    """

    def __init__(self, message: str, *, rule: str = "", found: str = "", way_out: str = "", row: int = 0) -> None:
        super().__init__(message)
        self.rule, self.found, self.way_out, self.row = rule, found, way_out, row


class UnknownUnitError(OptkommunenError):
    """A name or key that names none of the 69."""


class AmbiguousUnitError(OptkommunenError):
    """A name or key that stands for more than one of the 69; the message lists the candidates."""


class ForeignUnitError(OptkommunenError):
    """A comparison was asked for a unit outside the closed set."""


class UnknownIndicatorError(OptkommunenError):
    """A name that is not in the catalogue; the message lists the nearest ones."""


class IndicatorError(OptkommunenError):
    """An indicator of one's own is not defined as it has to be, or its name is taken."""


class ValueTableError(OptkommunenError):
    """A frame breaks the vocabulary: key missing or twice, no status, unknown status, wrong column."""


class ModelError(OptkommunenError):
    """A regression cannot be estimated as asked: constant or collinear regressor, missing cell, too few rows."""


class NotEnoughDataError(ModelError):
    """The data at hand carry no such model: too few municipalities, no services of the year before."""


class ReportError(OptkommunenError):
    """A notebook failed while the report was built; names notebook and cell."""


class ComparisonError(OptkommunenError):
    """A comparison cannot be made as asked: key missing or twice, negative count, ratio among totals, too few units."""


class TooFewUnitsError(ComparisonError):
    """The data at hand carry no such comparison: too few units with a value, or nothing that chance could move."""
