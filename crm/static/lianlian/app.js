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
