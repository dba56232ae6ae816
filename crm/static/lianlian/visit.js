// The visit form: the issue's part opens with 有, a draft outlives a reload and a lost signal, 与上次相同 fills the folded part.
const form = document.querySelector("[data-visit]");
const key = form.dataset.draft;
const issue = form.querySelector("[data-issue]");
const note = form.querySelector("[data-draft-note]");
const box = form.querySelector("[data-draft-box]");
const clear = form.querySelector("[data-draft-clear]");
const OLD = 3 * 24 * 3600 * 1000; // a draft of last week is no longer what somebody was about to send
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

// storage may be closed or full: then there is no draft, and the form works on
function store() {
  try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), data: read() })); } catch { /* no draft */ }
}

function restore() {
  try {
    const draft = JSON.parse(localStorage.getItem(key) || "null");
    if (!draft) return;
    if (!(Date.now() - draft.at < OLD)) { localStorage.removeItem(key); return; }
    write(draft.data);
    const at = new Date(draft.at);
    const two = (number) => String(number).padStart(2, "0");
    const when = `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
    note.textContent = note.dataset.words.replace("{when}", when);
    box.hidden = false;
  } catch { /* no draft, or one that cannot be read */ }
}

// what the server sent back with faults is newer than any draft
if (!form.querySelector(".err,.note.bad")) restore();
showIssue();

form.addEventListener("input", () => { showIssue(); store(); });
form.addEventListener("submit", (event) => {
  if (!navigator.onLine) {
    event.preventDefault();
    store();
    note.textContent = note.dataset.offline;
    box.hidden = false;
    box.scrollIntoView({ block: "center" });
    return;
  }
  try { sessionStorage.setItem("sent", key); } catch { /* the draft stays */ }
});
clear.addEventListener("click", () => {
  try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
  window.location.reload();
});
window.addEventListener("online", () => { if (note.textContent === note.dataset.offline) box.hidden = true; });
const same = form.querySelector("[data-same]");
if (same) same.addEventListener("click", () => { write(JSON.parse(document.getElementById("same").textContent)); store(); });
