// The visit form: the issue's part opens with 有, an item of the checklist offers what it can become, a draft outlives a reload and a lost signal, 与上次相同 fills the folded part.
const form = document.querySelector("[data-visit]");
const key = form.dataset.draft;
const issue = form.querySelector("[data-issue]");
const note = form.querySelector("[data-draft-note]");
const box = form.querySelector("[data-draft-box]");
const clear = form.querySelector("[data-draft-clear]");
const OLD = 3 * 24 * 3600 * 1000; // a draft of last week is no longer what somebody was about to send
const kept = ["csrfmiddlewaretoken"];

const showIssue = () => { issue.hidden = form.elements.has_issue.value !== "yes"; };

// what an item needs depends on what it becomes; what is not asked for is not sent
const parts = [...form.querySelectorAll("[data-part]")];
const decides = (part) => [...part.querySelectorAll("[name=commitment_text],[name=item],[name=policies]")];
const isFilled = (part) => decides(part).some((field) => (field.type === "checkbox" ? field.checked : field.value));

// `drafted`: a draft that may have been sent already says what it said, though the item has moved since
function showParts(drafted) {
  parts.forEach((part) => { part.querySelector("[data-filled]").hidden = !isFilled(part); });
  const item = form.querySelector("[name=item]"); // `elements.item` is the collection's own
  if (!item) return;
  const to = (item.selectedOptions[0].dataset.to || "").split(" ");
  form.querySelectorAll("[name=item_to]").forEach((way) => {
    way.disabled = !to.includes(way.value) && !(drafted && way.checked);
    way.closest("label").hidden = way.disabled;
    if (way.disabled) way.checked = false;
  });
  const chosen = form.querySelector("[name=item_to]:checked");
  const needs = chosen ? chosen.dataset.needs.split(" ") : [];
  form.querySelectorAll("[data-need]").forEach((box) => {
    box.hidden = !needs.includes(box.dataset.need);
    box.querySelectorAll("input").forEach((field) => { field.disabled = box.hidden; });
  });
  form.elements.item_evidence.placeholder = item.selectedOptions[0].dataset.asks || "";
}

function read() {
  const data = {};
  new FormData(form).forEach((value, name) => {
    if (!kept.includes(name) && !(value instanceof File)) (data[name] ||= []).push(value);
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

// what is no longer offered, perhaps because the first sending arrived and its answer did not: said again as it was
function sayAgain(data) {
  Object.entries(data).forEach(([name, values]) => {
    const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    const ticked = !fields.length || fields.every((field) => field.type === "checkbox");
    values.filter((value) => ticked && !fields.some((field) => field.value === value)).forEach((value) => {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
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
    sayAgain(draft.data);
    showParts(true);
    const at = new Date(draft.at);
    const two = (number) => String(number).padStart(2, "0");
    const when = `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
    note.textContent = note.dataset.words.replace("{when}", when);
    box.hidden = false;
    parts.filter(isFilled).forEach((part) => { part.open = true; part.closest(".more").open = true; });
  } catch { /* no draft, or one that cannot be read */ }
}

// what the server sent back with faults is newer than any draft
showParts(true);
if (!form.querySelector(".err,.note.bad")) restore();
showIssue();

form.addEventListener("input", () => { showIssue(); showParts(); store(); });
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
// photos: the text first, then one by one; without scripts they come with the form
const photos = form.elements.photos;
const SIDE = 1600;

function number() { // randomUUID wants https; a station's own network may not have it
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
  return [...b].map((one, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + one.toString(16).padStart(2, "0")).join("");
}

async function small(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.8); });
    return blob || file;
  } catch { return file; } // the server says what is wrong with it
}

async function send(address, body) { // the same number each time: what has arrived is not kept twice
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.status < 500) return answer;
    } catch { await new Promise((done) => { setTimeout(done, 800); }); }
  }
  return null;
}

async function sendAll() {
  const text = new FormData(form);
  text.delete("photos");
  const answer = await send(form.action, text);
  if (!answer || answer.status !== 201) { // a fault, a used number, a session that ended: the page itself says it
    photos.disabled = true;
    form.submit();
    return;
  }
  const { photos: address, next } = await answer.json();
  try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
  const files = [...photos.files];
  let failed = 0;
  box.hidden = false;
  clear.hidden = true;
  box.scrollIntoView({ block: "center" });
  for (const [at, file] of files.entries()) {
    note.textContent = photos.dataset.words.replace("{n}", at + 1).replace("{all}", files.length);
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("client_uuid", number());
    body.append("photos", await small(file), "photo.jpg");
    const done = await send(address, body);
    if (!done || done.status !== 201) failed += 1;
  }
  if (!failed) { window.location.assign(next); return; }
  note.textContent = photos.dataset.failed.replace("{n}", failed);
  const link = document.createElement("a");
  Object.assign(link, { href: next, className: "go", textContent: photos.dataset.go });
  note.after(" ", link);
}

form.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !photos.files.length) return;
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "1";
  store();
  sendAll();
});
clear.addEventListener("click", () => {
  try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
  window.location.reload();
});
window.addEventListener("online", () => { if (note.textContent === note.dataset.offline) box.hidden = true; });
const same = form.querySelector("[data-same]");
if (same) {
  same.hidden = false;
  same.addEventListener("click", (event) => {
    event.preventDefault(); // the fold below stays as it is
    write(JSON.parse(document.getElementById("same").textContent));
    same.parentElement.querySelector("small").textContent = same.dataset.done;
    store();
  });
}
