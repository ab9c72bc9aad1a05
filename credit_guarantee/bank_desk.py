"""Finance at the bank's statements: handing files in, what they brought, what waits for a decision, and the custodian's account."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actors import require_staff
from kernel.desks import ChoiceFilter, Desk, InWords
from kernel.money import Money
from kernel.refusals import Refusal
from kernel.responses import private_file, private_stream
from kernel.templatetags.ui import plain_money
from ledger.queries import person_names, reference_names

from . import queries, services
from .bank import designated_accounts
from .forms import AllocateForm, AnswerForm, ChosenForm, ReasonedForm, StatementUploadForm
from .models import StatementEntry, StatementFile
from .permissions import DECIDE_BOOKING, IMPORT_STATEMENT, VIEW_ENTRIES, VIEW_STATEMENTS
from .reasons import PROPOSALS, REASONS


@admin.register(StatementFile)
class StatementFileAdmin(InWords, Desk):
    permission = VIEW_STATEMENTS
    list_display = ["no", "file_name", "account_no", "currency", "shown_state", "rows_done", "created_at", "by"]
    list_filter = ["state"]
    list_select_related = ["job", "document"]
    search_fields = ["no__exact", "statements__number__exact"]
    search_help_text = _("Number of the file or of a statement in it")
    sortable_by = []
    ordering = ["-id"]
    change_list_template = "credit_guarantee/admin/statement_files.html"

    def name(self, rows) -> None:
        names = person_names(row.asked_by_id for row in rows)
        for row in rows:
            row.person = names.get(row.asked_by_id, "")

    @admin.display(description=_("file"))
    def file_name(self, file):
        return file.document.file_name

    @admin.display(description=_("state"))
    def shown_state(self, file):
        return file.get_state_display()

    @admin.display(description=_("rows"))
    def rows_done(self, file):
        return f"{file.job.done} / {file.job.total}" if file.job else "—"

    @admin.display(description=_("by"))
    def by(self, file):
        return file.person

    def get_urls(self):
        site = self.admin_site.admin_view
        return [
            path("import/", site(self.import_view), name="credit_guarantee_statementfile_import"),
            path("demo/<slug:currency>/", site(self.demo_view), name="credit_guarantee_statementfile_demo"),
            path("<int:file_id>/refused/", site(self.refused_view), name="credit_guarantee_statementfile_refused"),
            path("<int:file_id>/original/", site(self.original_view), name="credit_guarantee_statementfile_original"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        custody = queries.custody_desk(request.actor) if request.user.has_perm(VIEW_STATEMENTS) else []
        extra = {"custody": custody, "may_import": request.actor.can_staff(IMPORT_STATEMENT)}
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    def import_view(self, request):
        """Hand in a file; its page shows how far the job is."""
        require_staff(request.actor, IMPORT_STATEMENT)
        form, status = StatementUploadForm(request.POST or None, request.FILES or None, accounts=designated_accounts()), 200
        if request.method == "POST":
            made, status = self.decide(form, lambda **asked: self._hand_in(request.actor, **asked))
            if made:
                messages.success(request, _("%(no)s is being read. This page shows how far it is.") % {"no": made.no})
                return redirect("admin:credit_guarantee_statementfile_change", made.pk)
        demo = [a.currency for a in designated_accounts()[:2]] if queries.in_sandbox() else []
        return self.page(
            request, "credit_guarantee/admin/statement_import.html", title=_("Import a bank statement"), status=status, form=form, demo=demo
        )  # fmt: skip

    def _hand_in(self, actor, *, currency, file, request_key):
        body = b"".join(file.chunks()) if file.size <= services.MAX_STATEMENT_BYTES else b"x" * (services.MAX_STATEMENT_BYTES + 1)
        return services.import_statement(currency=currency, body=body, file_name=file.name, actor=actor, request_key=request_key)

    def demo_view(self, request, currency):
        """A statement of the sandbox custodian for what waits just now; there is none beside a real custodian."""
        try:
            name, body = queries.demo_statement(request.actor, currency)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            messages.info(request, _("Nothing is awaited or to be paid in this currency."))
            return redirect("admin:credit_guarantee_statementfile_import")
        return private_stream([body], file_name=name, content_type="application/octet-stream")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One file: how far its job is, the statements with their totals, what was wrong."""
        file = queries.statement_file(request.actor, object_id)
        return self.page(
            request, "credit_guarantee/admin/statement_file.html", title=file.no, file=file, job=file.job,
            statements=queries.statements_of(file), asked_by=person_names([file.asked_by_id]).values(),
            entries_url=f"{reverse('admin:credit_guarantee_statemententry_changelist')}?stage=all&statement__file__id__exact={file.pk}",
        )  # fmt: skip

    def refused_view(self, request, file_id):
        """The sheet of the rows that were not taken."""
        return private_file(services.refused_rows(file_id, actor=request.actor))

    def original_view(self, request, file_id):
        """The file as it was handed in."""
        return private_file(services.original_of(file_id, actor=request.actor))


class Stage(ChoiceFilter):
    title, parameter_name = _("state"), "stage"
    words = (("open", _("Waits for finance")), *StatementEntry.MACHINE.choices)

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=["waiting", "doubtful"] if self.value() == "open" else [self.value()])


@admin.register(StatementEntry)
class StatementEntryAdmin(Desk):
    permission = VIEW_ENTRIES
    list_display = ["no", "at", "direction", "amount", "name", "text", "why", "proposed", "shown_state"]
    list_filter = [Stage, "into", "reason", "currency"]
    search_fields = ["bank_ref__exact", "text", "name", "allocations__escrow__remittance_reference__exact"]
    search_help_text = _("Words of the transfer, payer, bank's reference or remittance reference")
    sortable_by = []

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "statement__file__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request):
        return queries.entries_at_desk(request.actor)

    def get_ordering(self, request):
        return ["urgent", "proposal", "at", "id"] if request.GET.get("stage", "open") == "open" else ["-at", "-id"]

    @admin.display(description=_("number"))
    def no(self, entry):
        return entry.no

    @admin.display(description=pgettext_lazy("bank entry", "direction"))
    def direction(self, entry):
        return _("in") if entry.into else _("out")

    @admin.display(description=_("amount"))
    def amount(self, entry):
        return plain_money(entry.amount)

    @admin.display(description=_("reason"))
    def why(self, entry):
        return REASONS[entry.reason][0]

    @admin.display(description=_("proposed"))
    def proposed(self, entry):
        return PROPOSALS.get(entry.proposal, "—")

    @admin.display(description=_("state"))
    def shown_state(self, entry):
        return entry.get_state_display()

    def get_urls(self):
        note = self.admin_site.admin_view(self.note_view)
        return [path("notes/<int:proposal_id>/", note, name="credit_guarantee_note"), *super().get_urls()]

    def note_view(self, request, proposal_id):
        """The third-party payment note of a proposal."""
        return private_file(services.note_of(proposal_id, actor=request.actor), inline=True)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One entry: what the bank printed, why it waits, the payments that fit, and what two people make of it."""
        case = queries.entry_case(request.actor, object_id)
        forms, status, act = self._forms(case), 200, request.POST.get("act", "")
        if request.method == "POST" and act in forms:
            form = forms[act] = self._forms(case, request.POST, request.FILES)[act]
            note = self._kept_note(form, request) if act == "allocate" else ""
            said, status = self.decide(form, lambda **asked: self._act(request.actor, case, act, note=note, asked=asked))
            if said:
                messages.success(request, said)
                return redirect(request.path)
        return self._page(request, case, forms, status)

    def _page(self, request, case, forms, status) -> TemplateResponse:
        entry, pending = case.entry, case.open_proposal
        people = person_names([pk for p in case.proposals for pk in (p.proposed_by_id, p.decided_by_id)])
        rows = [
            {
                "proposal": p,
                "by": people.get(p.proposed_by_id, ""),
                "answered": people.get(p.decided_by_id, ""),
                "terms": self._terms(p, case),
            }
            for p in case.proposals
        ]
        escrows = [s.escrow for s in case.suggestions] + [a.escrow for a in case.allocations]
        names = reference_names(e.ref for e in escrows) if escrows else {}
        for escrow in escrows:
            escrow.subject_name = names[escrow.ref]
        return self.page(
            request, "credit_guarantee/admin/entry.html", title=entry.no, status=status, case=case, entry=entry, forms=forms,
            reason=REASONS[entry.reason], rows=rows, pending=next((row for row in rows if row["proposal"] is pending), None),
            own=bool(pending and pending.proposed_by_id == request.actor.user_id), may_decide=request.actor.can_staff(DECIDE_BOOKING),
        )  # fmt: skip

    def _terms(self, proposal, case) -> list[str]:
        """What a proposal would do, in words."""
        if proposal.kind == "allocate":
            known = {escrow.pk: escrow for escrow in [s.escrow for s in case.suggestions] + [a.escrow for a in case.allocations]}
            return [_line(*told) for told in queries.lines_of(proposal, case.entry.currency, known)]
        if proposal.kind == "give_back":
            return [plain_money(Money(proposal.terms["minor"], case.entry.currency))]
        if proposal.kind == "confirm":
            url = reverse("admin:credit_guarantee_custodianinstruction_change", args=[proposal.terms["instruction"]])
            return [format_html('<a href="{}">{}</a>', url, _("the instruction"))]
        if proposal.kind == "take_back":
            url = reverse("admin:credit_guarantee_statemententry_change", args=[proposal.terms["entry"]])
            return [format_html('<a href="{}">{}</a>', url, f"E{proposal.terms['entry']:07d}")]
        return []

    def _kept_note(self, form, request) -> str:
        """Keep an uploaded note whatever else is wrong, so that it need not be chosen again."""
        upload = request.FILES.get("note")
        token = request.POST.get("note_token", "")
        if upload is not None:
            try:
                token = services.keep_note(upload, actor=request.actor).token
            except Refusal as refusal:
                form.add_error("note", str(refusal))
                return token
        form.data = form.data.copy()
        form.data["note_token"] = token
        return token

    def _forms(self, case, typed=None, files=None) -> dict:
        entry = case.entry
        if case.open_proposal:
            return {"approve": AnswerForm(typed), "decline": AnswerForm(typed)}
        if entry.state == "doubtful":
            return {"accept": ReasonedForm(typed), "dismiss": ReasonedForm(typed)}
        if entry.state != "waiting":
            return {}
        if entry.into:
            allocate = AllocateForm(typed, files, currency=entry.currency, left=case.left, suggestions=case.suggestions)
            return {"allocate": allocate, "give_back": ReasonedForm(typed)}
        found = [(str(i.pk), f"{i.reference} · {i.get_kind_display()} · {i.enterprise or i.payee_holder}") for i in case.instructions]
        receipts = [(str(e.pk), f"{e.no} · {e.name} · {e.at:%Y-%m-%d}") for e in case.receipts]
        forms = {"charge": ReasonedForm(typed)}
        if found:
            forms["confirm"] = ChosenForm(typed, choices=found, label=_("Open instructions of this amount"))
        if receipts:
            forms["take_back"] = ChosenForm(typed, choices=receipts, label=_("Receipts of this amount"))
        return forms

    def _act(self, actor, case, act, *, note, asked):
        key = asked["request_key"]
        if act in ("approve", "decline"):
            pending = case.open_proposal
            if act == "approve":
                services.approve_booking(pending.pk, actor=actor, request_key=key)
                return _("The proposal is approved and carried out.")
            services.decline_booking(pending.pk, actor=actor, answer=asked["answer"], request_key=key)
            return _("The proposal is off the table; the entry waits on.")
        terms = {"confirm": "instruction", "take_back": "entry"}
        told = {terms[act]: asked["chosen"]} if act in terms else {"lines": asked["lines"]} if act == "allocate" else {}
        services.propose_booking(
            case.entry.pk, kind=act, terms=told, reason=asked["reason"], note=note, actor=actor, request_key=key
        )  # fmt: skip
        return _("Proposed. A colleague must approve it now.")


def _line(reference: str, amount: Money, charges: Money) -> str:
    told = {"amount": plain_money(amount), "reference": reference, "charges": plain_money(charges)}
    if charges:
        return _("%(amount)s for %(reference)s, and %(charges)s of bank charges borne by the platform") % told
    return _("%(amount)s for %(reference)s") % told
