"""Bank statements as files (DOMAIN §4): two ICBC layouts in CSV or XLSX, CAMT.053 and MT940, read into one shape; and whose a booking is.

Pure: bytes in, values out. A file that is wrong anywhere is refused whole, with every wrong row named; nothing of it may be booked.
"""

from .entries import Booking, Problem, Statement, StatementRefused
from .ladder import Claim, Verdict, judge
from .reading import read_statements
from .sheets import sheet_rows

__all__ = ["Booking", "Claim", "Problem", "Statement", "StatementRefused", "Verdict", "judge", "read_statements", "sheet_rows"]
