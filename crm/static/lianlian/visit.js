// The visit form: the issue's part opens with 有, a draft outlives a reload, 与上次相同 fills the folded part.
const form = document.querySelector("[data-visit]");
const key = form.dataset.draft;
const issue = form.querySelector("[data-issue]");
const note = form.querySelector("[data-draft-note]");
const kept = ["csrfmiddlewaretoken"];

const showIssue = () => { issue.hidden = form.elements.has_issue.value !== "yes"; };

function read() {
  const data = {};
  new FormData(form).forEach((value, name) => {
    if (!kept.includes(name)) (data[name] ||= []).push(value);
  });
  return data;
}

function write(data) {
  Object.entries(data).forEach(([name, values]) => {
    const list = (Array.isArray(values) ? values : [values]).map(String);
    form.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach((field) => {
      if (field.type === "checkbox" || field.type === "radio") field.checked = list.includes(field.value);
      else if (list.length) field.value = list[0];
    });
  });
}

const bound = form.querySelector(".err,.note.bad") !== null;
try {
  const draft = bound ? null : JSON.parse(localStorage.getItem(key) || "null");
  if (draft) { write(draft); note.textContent = note.dataset.words || ""; }
} catch { localStorage.removeItem(key); }
showIssue();

form.addEventListener("input", () => { showIssue(); localStorage.setItem(key, JSON.stringify(read())); });
form.addEventListener("submit", () => sessionStorage.setItem("sent", key));
const same = form.querySelector("[data-same]");
if (same) same.addEventListener("click", () => {
  write(JSON.parse(document.getElementById("same").textContent));
  localStorage.setItem(key, JSON.stringify(read()));
});
