// A sheet of inputs: arrow keys and Enter move, a paste from a spreadsheet fills cells and adds rows.
const form = document.querySelector("[data-sheet]");
const body = form.querySelector("tbody");
const cells = (row) => [...row.querySelectorAll("input")];
const rows = () => [...body.rows];

function addRow() {
  const row = body.rows[body.rows.length - 1].cloneNode(true);
  const [before, number] = [body.rows.length, body.rows.length + 1];
  row.querySelector(".no").textContent = String(number);
  row.querySelectorAll(".err").forEach((error) => error.remove());
  row.querySelectorAll("td.bad").forEach((cell) => cell.classList.remove("bad"));
  cells(row).forEach((input) => {
    input.value = "";
    input.setAttribute("aria-label", input.getAttribute("aria-label").replace(String(before), String(number)));
  });
  body.append(row);
  return row;
}

function place(input) {
  const row = input.closest("tr");
  return [rows().indexOf(row), cells(row).indexOf(input)];
}

function go(row, column) {
  const target = body.rows[row] && cells(body.rows[row])[column];
  if (target) { target.focus(); target.select(); }
}

// {key: [rows down, cells to the right]}; sideways only when the caret stands at the edge of what is written
const STEPS = { Enter: [1, 0], ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function stays(input, event) {
  const [down, right] = STEPS[event.key];
  if (event.isComposing || event.keyCode === 229) return true; // Enter and arrows choose among the signs being typed
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return true;
  if (down !== 0 && event.key !== "Enter" && input.list) return true; // the arrows walk through the suggestions
  if (right === 0) return false;
  const { selectionStart: from, selectionEnd: to, value } = input;
  if (from === 0 && to === value.length) return false; // wholly chosen, as after a move
  return right < 0 ? from !== 0 || to !== 0 : from !== value.length;
}

form.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.closest("tbody") || !(event.key in STEPS) || stays(input, event)) return;
  event.preventDefault();
  const [row, column] = place(input);
  const [down, right] = STEPS[event.key];
  if (down > 0 && row === body.rows.length - 1) addRow();
  go(row + down, column + right);
});

// what a spreadsheet puts on the clipboard: tabs, lines, and quotes around a cell that holds either
function table(text) {
  const found = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const line = found[found.length - 1];
    const cell = line.length - 1;
    if (quoted) {
      if (sign !== '"') line[cell] += sign === "\n" ? " " : sign;
      else if (text[at + 1] === '"') { line[cell] += '"'; at += 1; }
      else quoted = false;
    } else if (sign === '"' && line[cell] === "") quoted = true;
    else if (sign === "\t") line.push("");
    else if (sign === "\n") found.push([""]);
    else line[cell] += sign;
  }
  return found;
}

form.addEventListener("paste", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.closest("tbody")) return;
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  if (!/[\t\n]/.test(text)) return;
  event.preventDefault();
  const [top, left] = place(input);
  table(text).forEach((line, down) => {
    while (body.rows.length <= top + down) addRow();
    const inputs = cells(body.rows[top + down]);
    line.forEach((value, right) => {
      if (inputs[left + right]) inputs[left + right].value = value.trim();
    });
  });
});

form.querySelector("[data-add-row]").addEventListener("click", () => cells(addRow())[0].focus());
