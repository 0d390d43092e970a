// The grid of a score sheet: arrow keys move between rows, Enter opens one in the pane beside it, Escape comes back.
// Without this script, and where there is no room for the pane, the links of the rows are followed as usual.
import { ask } from "./confirm.js";

const WIDE = "(min-width: 1200px)";

function links(table) {
  return [...table.querySelectorAll("tbody a[data-pane-link]")];
}

function mark(row) {
  for (const other of row.closest("tbody").querySelectorAll('[aria-selected="true"]')) other.removeAttribute("aria-selected");
  row.setAttribute("aria-selected", "true");
}

// What was typed in the pane and not saved is asked about by the browser's own question only when the page is left, so
// a pane that would be replaced is guarded here.
function unsaved(pane) {
  const form = pane.querySelector("form[data-guard]");
  return form !== null && form.dataset.changed === "yes";
}

async function open(link, pane) {
  if (unsaved(pane)) {
    if (!(await ask("Thành phần đang mở chưa được lưu. Bỏ những gì vừa nhập?", "Bỏ, mở dòng khác"))) return;
  }
  await window.htmx.ajax("GET", link.href, { target: pane, swap: "innerHTML" });
  const row = link.closest("tr");
  mark(row);
  pane.classList.add("pp-sheet-pane-open");
  pane.scrollTop = 0;
  const address = new URL(window.location.href);
  address.searchParams.set("dong", row.dataset.row);
  window.history.replaceState(null, "", address);
  enter(pane);
}

function enter(pane) {
  const first = pane.querySelector(".pp-entry-form input:not([type=hidden]), .pp-entry-form select, .pp-entry-form textarea");
  (first ?? pane).focus({ preventScroll: true });
}

function move(table, link, step) {
  const all = links(table);
  const next = all[Math.min(Math.max(all.indexOf(link) + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

export function startGrid() {
  const table = document.querySelector("table[data-grid]");
  const pane = document.getElementById("pp-pane");
  if (!table || !pane) return;
  const selected = table.querySelector('tr[aria-selected="true"]');
  if (selected && window.matchMedia(WIDE).matches) {
    selected.scrollIntoView({ block: "center" });
    enter(pane);
  }
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = row.querySelector("a[data-pane-link]");
    const plain = event.target.closest("a") === link || !event.target.closest("a, button, input, label");
    if (!plain || !window.htmx || !window.matchMedia(WIDE).matches) return;
    event.preventDefault();
    open(link, pane);
  });
  table.addEventListener("keydown", (event) => {
    const link = event.target.closest("a[data-pane-link]");
    const step = STEPS[event.key];
    if (!link || step === undefined || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    move(table, link, Number.isFinite(step) ? step : step > 0 ? links(table).length : -links(table).length);
  });
  // The first arrow key on the page goes into the grid.
  document.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || document.activeElement !== document.body) return;
    const start = table.querySelector('tr[aria-selected="true"] a[data-pane-link]') ?? links(table)[0];
    if (!start) return;
    event.preventDefault();
    start.focus();
  });
  pane.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) form.dataset.changed = "yes";
  });
  pane.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const entry = pane.querySelector("[data-entry]")?.dataset.entry;
    table.querySelector(`tr[data-row="${entry}"] a[data-pane-link]`)?.focus();
  });
}
