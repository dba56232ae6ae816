// A sheet of inputs: arrow keys and Enter move, a paste from a spreadsheet fills cells and adds rows.
const form = document.querySelector("[data-sheet]");
const body = form.querySelector("tbody");
const cells = (row) => [...row.querySelectorAll("input")];
const rows = () => [...body.rows];

function addRow() {
  const row = body.rows[body.rows.length - 1].cloneNode(true);
  row.querySelector(".no").textContent = String(body.rows.length + 1);
  row.querySelectorAll(".err").forEach((error) => error.remove());
  row.querySelectorAll("td.bad").forEach((cell) => cell.classList.remove("bad"));
  cells(row).forEach((input) => { input.value = ""; });
  body.append(row);
  return row;
}

function place(input) {
  const row = input.closest("tr");
  return [rows().indexOf(row), cells(row).indexOf(input)];
}

function go(row, column) {
  const target = body.rows[row] && cells(body.rows[row])[column];
  if (target) target.focus();
}

form.addEventListener("keydown", (event) => {
  if (!(event.target instanceof HTMLInputElement) || !event.target.closest("tbody")) return;
  const [row, column] = place(event.target);
  if (event.key === "ArrowDown" || event.key === "Enter") {
    event.preventDefault();
    if (row === body.rows.length - 1) addRow();
    go(row + 1, column);
  } else if (event.key === "ArrowUp") {
    event.preventDefault();
    go(row - 1, column);
  }
});

form.addEventListener("paste", (event) => {
  if (!(event.target instanceof HTMLInputElement) || !event.target.closest("tbody")) return;
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
  if (!/[\t\n]/.test(text)) return;
  event.preventDefault();
  const [top, left] = place(event.target);
  text.split("\n").forEach((line, down) => {
    while (body.rows.length <= top + down) addRow();
    const inputs = cells(body.rows[top + down]);
    line.split("\t").forEach((value, right) => {
      if (inputs[left + right]) inputs[left + right].value = value.trim();
    });
  });
});

form.querySelector("[data-add-row]").addEventListener("click", () => cells(addRow())[0].focus());
