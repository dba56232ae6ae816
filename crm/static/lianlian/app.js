// Small things of many pages. No inline code anywhere: the browser refuses it.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
// a form is sent once: a second tap finds the button shut
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input,textarea,select")) {
    const box = document.getElementById("search");
    if (box) { event.preventDefault(); box.focus(); }
  }
});
// a choice that is a link's worth: filters send themselves
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form) form.requestSubmit();
});
// a draft goes once its form has been taken: the next page says so
if (sessionStorage.getItem("sent") && document.querySelector(".msgs .success")) {
  localStorage.removeItem(sessionStorage.getItem("sent"));
  sessionStorage.removeItem("sent");
}
// a part of a page that comes in a request of its own, and its links that change only it
async function load(box, url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
  if (answer.ok) box.innerHTML = await answer.text();
}
document.querySelectorAll("[data-load]").forEach((box) => load(box, box.dataset.load));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-part]");
  const box = link && link.closest("[data-load]");
  if (box) { event.preventDefault(); load(box, link.href); }
});
