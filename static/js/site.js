// Progressive enhancement only: every page works without this file.
const zh = document.documentElement.lang.startsWith("zh");
const words = (ms) => {
  const all = Math.max(0, Math.floor(ms / 6e4)), d = Math.floor(all / 1440), h = Math.floor(all / 60) % 24, m = all % 60;
  if (d) return zh ? `${d} 天 ${h} 小时` : `${d} d ${h} h`;
  if (h) return zh ? `${h} 小时 ${m} 分` : `${h} h ${m} m`;
  return zh ? `${m} 分钟` : `${m} min`;
};

// Clocks: the server is the truth, this only keeps an open page from going stale. Never announced.
const tick = () => {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[data-deadline][data-live]")) {
    const left = new Date(time.dateTime) - Date.now();
    time.textContent = words(left);
    const clock = time.closest(".clock");
    if (clock && left < 72e5) { clock.classList.remove("soon"); clock.classList.add("late"); }
  }
};
setInterval(tick, 30000);
document.addEventListener("visibilitychange", tick);

// "/" goes to the search of the page.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector("[data-jump]");
  if (search) { event.preventDefault(); search.focus(); search.select(); }
});

// Caps lock beside password fields.
const caps = (event) => {
  const hint = event.target.dataset?.capslock && document.getElementById(event.target.dataset.capslock);
  if (hint && event.getModifierState) hint.hidden = !event.getModifierState("CapsLock");
};
document.addEventListener("keydown", caps);
document.addEventListener("keyup", caps);
document.addEventListener("focusout", (event) => {
  const hint = event.target.dataset?.capslock && document.getElementById(event.target.dataset.capslock);
  if (hint) hint.hidden = true;
});

// A POST form is sent once. The button is disabled after its value is in the request, and comes back if the page does.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.target) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  const button = event.submitter;
  if (button) setTimeout(() => { button.disabled = true; button.classList.add("busy"); });
  setTimeout(free, 8000); // an answer that is a download leaves the page where it was
});
const free = () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button.busy")) { button.disabled = false; button.classList.remove("busy"); }
  }
};
addEventListener("pageshow", free);

// Facets start folded on small screens, and apply at once on large ones.
const box = document.querySelector("details.facet-box");
if (box) {
  const narrow = matchMedia("(max-width: 63.99rem)");
  if (narrow.matches) box.open = false;
  narrow.addEventListener("change", () => { box.open = !narrow.matches; });
  box.addEventListener("change", (event) => { if (!narrow.matches && event.target.matches("[type=checkbox], [type=radio]")) event.target.form.requestSubmit(); });
}

// After a refusal the summary of errors takes the focus.
document.querySelector("[data-focus]")?.focus();

// A passkey that does not answer: the sentence that waits on the page is shown.
document.addEventListener("allauth.error", () => {
  for (const line of document.querySelectorAll("[data-passkey-error]")) line.hidden = false;
});

// Copying what goes into another form: the button shows itself only where the browser can do it.
const copiers = () => { for (const b of document.querySelectorAll("button[data-copy][hidden]")) b.hidden = !navigator.clipboard; };
copiers();
document.addEventListener("htmx:load", copiers);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const word = button.textContent;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = word; }, 2000);
});
