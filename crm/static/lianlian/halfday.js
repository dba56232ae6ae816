// Half-days: a planned visit is dragged to another place, half-day or day; after an act the keyboard stays where it was.
const board = document.querySelector("[data-half-days]");
const KEY = "half-day"; // which button of which plan was pressed last
function send(row, list) {
  const form = row.querySelector("form[data-move]");
  const place = [...list.querySelectorAll("[data-plan]")].indexOf(row) + 1;
  Object.entries({ day: list.dataset.day, half: list.dataset.half, position: place }).forEach(([name, value]) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  });
  form.requestSubmit();
}
if (board) {
  let held = null, from = null;
  const lists = [...board.querySelectorAll("[data-half]")];
  board.querySelectorAll("[data-plan]").forEach((row) => {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      held = row;
      from = { list: row.parentElement, next: row.nextElementSibling };
      event.dataTransfer.effectAllowed = "move";
      row.classList.add("held");
    });
    row.addEventListener("dragend", (event) => {
      row.classList.remove("held");
      if (event.dataTransfer.dropEffect === "none") from.list.insertBefore(row, from.next); // let go outside: as it was
      held = null;
    });
  });
  lists.forEach((list) => {
    list.addEventListener("dragover", (event) => {
      if (!held) return;
      event.preventDefault();
      const below = [...list.querySelectorAll("[data-plan]")].filter((row) => row !== held)
        .find((row) => { const box = row.getBoundingClientRect(); return event.clientY < box.top + box.height / 2; });
      list.insertBefore(held, below || null);
    });
    list.addEventListener("drop", (event) => {
      if (!held) return;
      event.preventDefault();
      const moved = list !== from.list || held.nextElementSibling !== from.next;
      if (moved) send(held, list);
    });
  });
}
document.addEventListener("submit", (event) => {
  const row = event.target.closest("[id^=planned-]");
  const button = event.submitter;
  if (row && button && button.dataset.key) sessionStorage.setItem(KEY, `${row.id} ${button.dataset.key}`);
});
const [id, key] = (sessionStorage.getItem(KEY) || "").split(" ");
sessionStorage.removeItem(KEY);
const row = id && document.getElementById(id);
const button = row && (row.querySelector(`[data-key="${key}"]:not(:disabled)`) || row.querySelector("button:not(:disabled)"));
// after the browser has gone to the row that the address names, and taken the focus along
if (button) window.addEventListener("load", () => setTimeout(() => button.focus()));
