// The error summary takes the focus when it appears, and its links put the cursor into the field.
function focusSummary() {
  document.querySelector("[data-error-summary]")?.focus();
}

export function startErrors() {
  focusSummary();
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.querySelector?.("[data-error-summary]") || event.target.matches?.("[data-error-summary]")) focusSummary();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    const control = field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea");
    (control ?? field).focus();
    field.closest(".pp-field")?.scrollIntoView({ block: "nearest" });
  });
}
