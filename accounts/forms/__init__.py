from .company import CompanyForm, ReasonForm
from .team import BoxesForm, LogFilterForm, PasswordForm, SubAccountForm

__all__ = ["BoxesForm", "CompanyForm", "LogFilterForm", "PasswordForm", "ReasonForm", "SubAccountForm"]
