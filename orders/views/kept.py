"""A file that comes with a form is kept at once; the form that is shown again names it."""

from kernel.refusals import Refusal

from .. import services
from ..services.kept_files import kept_file


def with_file(request, purpose, make):
    """Keep the file of a sent form and return (form, document or None); `make(data)` builds the form from the sent values.

    A refused file stands at its field; one that came with an earlier attempt is found again by its token.
    """
    sent, refused, document = request.POST.copy(), "", None
    upload = request.FILES.get("file")
    if upload is not None:
        try:
            document = services.keep_file(upload, purpose=purpose, actor=request.actor)
        except Refusal as refusal:
            refused = str(refusal)
    elif sent.get("kept"):
        document = kept_file(sent["kept"][:40], purpose=purpose, actor=request.actor)
    if document is not None:
        sent["kept"] = document.token
    form = make(sent)
    form.is_valid()
    if refused:
        form.add_error("file", refused)
    form.kept_name = document.file_name if document else ""
    return form, document


def place(form, refusal: Refusal) -> None:
    """Put a refusal at the field that it names, else on top."""
    told = refusal.params.get("fields") or {}
    for name, words in told.items():
        if name in form.fields:
            form.add_error(name, str(words))
    named = refusal.params.get("field") or AT.get(refusal.code) or (f"line_{refusal.params['line']}" if "line" in refusal.params else "")
    if not any(name in form.fields for name in told):
        form.add_error(named if named in form.fields else None, str(refusal))


AT = {
    "number_malformed": "number", "number_taken": "number", "day_wrong": "issued_on", "total_differs": "gross", "file_missing": "file",
    "file_gone": "file", "file_differs": "file", "same_file": "file", "same_bytes": "file", "version_unclear": "signed",
    "wanted_missing": "wanted", "question_missing": "text", "reason_missing": "reason", "answer_missing": "answer", "whole_only": "why",
    "period_wrong": "starts_on",
}  # fmt: skip
