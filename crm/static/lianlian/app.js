// Small things of many pages. No inline code anywhere: the browser refuses it.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
// a form is sent once: a second tap finds the button shut
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});
// coming back to a page that the browser kept: its forms can be sent again
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  document.querySelectorAll("[data-left-out]").forEach((field) => { field.disabled = false; delete field.dataset.leftOut; });
});
// filters that nobody set stay out of the address
document.querySelectorAll("form[data-filters]").forEach((form) => form.addEventListener("submit", () => {
  [...form.elements].forEach((field) => { if (field.name && !field.value && !field.disabled) { field.disabled = true; field.dataset.leftOut = "1"; } });
}));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input,textarea,select")) {
    const box = document.getElementById("search");
    if (box && box.offsetParent) { event.preventDefault(); box.focus(); }
  }
  if (event.key === "Escape") document.querySelectorAll(".menu-phone[open]").forEach((menu) => { menu.open = false; });
});
document.addEventListener("click", (event) => {
  document.querySelectorAll(".menu-phone[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
// what is folded on a phone stands open on a wide screen and without scripts
if (window.matchMedia("(max-width: 767px)").matches) document.querySelectorAll("details[data-fold]").forEach((part) => { part.open = false; });
// a choice that is a link's worth: filters send themselves
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form) form.requestSubmit();
});
// a draft goes once its form has been taken: the very next page says so, or the draft stays
try {
  const sent = sessionStorage.getItem("sent");
  if (sent && document.querySelector(".msgs .success,[data-taken]")) localStorage.removeItem(sent);
  sessionStorage.removeItem("sent");
} catch { /* storage is closed: nothing was kept */ }
// a part of a page that comes in a request of its own, and its links that change only it
async function load(box, url, focus) {
  try {
    const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    box.innerHTML = (await answer.text()).trim();
  } catch {
    if (focus) window.location.assign(url); // the link does what it would do without scripts
    return; // the link that stands in the box leads there as well
  }
  const current = focus && box.querySelector("[aria-current]");
  if (current) current.focus();
}
document.querySelectorAll("[data-load]").forEach((box) => load(box, box.dataset.load, false));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-part]");
  const box = link && link.closest("[data-load]");
  if (box && !(event.ctrlKey || event.metaKey || event.shiftKey)) { event.preventDefault(); load(box, link.href, true); }
});
