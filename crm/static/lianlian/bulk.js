// Choosing rows: the dark bar appears with the first, says how many, and offers all that fit the filters.
const form = document.querySelector("[data-bulk]");
const bar = form && form.querySelector("[data-ban]");
if (bar) {
  const boxes = [...form.querySelectorAll("input[name=ids]")];
  const all = form.querySelector("[data-all]");
  const whole = form.querySelector("[data-whole]");
  const count = form.querySelector("[data-count]");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked);
    const everything = Boolean(whole && whole.checked);
    boxes.forEach((box) => box.closest("tr").classList.toggle("on", box.checked || everything));
    count.textContent = everything ? whole.dataset.whole : String(chosen.length);
    bar.hidden = chosen.length === 0 && !everything;
    all.checked = chosen.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  };
  all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); show(); });
  let last = null;
  boxes.forEach((box, index) => box.addEventListener("click", (event) => {
    if (event.shiftKey && last !== null) {
      const [low, high] = [Math.min(last, index), Math.max(last, index)];
      boxes.slice(low, high + 1).forEach((other) => { other.checked = box.checked; });
    }
    last = index;
    if (!box.checked && whole) whole.checked = false; // one taken out is no longer all
    show();
  }));
  if (whole) whole.addEventListener("change", show);
  window.addEventListener("pageshow", show); // the browser may have kept the ticks
  show();
}
// a chip takes its filter out of the address
document.querySelectorAll("[data-chip]").forEach((chip) => {
  const url = new URL(window.location.href);
  url.searchParams.delete(chip.dataset.chip);
  url.searchParams.delete("page");
  chip.href = url.pathname + url.search;
});
