// <form data-guard>: leaving with unsaved changes asks first. data-guard="dirty" starts as changed
// (a form shown again with errors). A successful htmx POST from inside the form counts as saved.
const saved = new WeakMap();

function contents(form) {
  const parts = [];
  for (const [name, value] of new FormData(form)) {
    if (name === "csrfmiddlewaretoken") continue;
    parts.push(name, typeof value === "string" ? value : `${value.name}:${value.size}`);
  }
  return JSON.stringify(parts);
}

function remember(root) {
  for (const form of root.querySelectorAll("form[data-guard]")) {
    if (!saved.has(form)) saved.set(form, form.dataset.guard === "dirty" ? null : contents(form));
  }
}

export function startGuard() {
  let leaving = false;
  remember(document);
  document.addEventListener("htmx:afterSettle", () => remember(document));
  document.addEventListener("submit", (event) => {
    // Submitting one form loses the changes of every other guarded one, so only its own are let go.
    if (!event.defaultPrevented && event.target.matches("[data-guard]")) leaving = true;
  });
  window.addEventListener("pageshow", () => (leaving = false));
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.elt?.closest?.("form[data-guard]");
    if (form && detail.successful && detail.requestConfig.verb !== "get") saved.set(form, contents(form));
  });
  window.addEventListener("beforeunload", (event) => {
    if (leaving) return;
    for (const form of document.querySelectorAll("form[data-guard]")) {
      if (saved.has(form) && saved.get(form) !== contents(form)) event.preventDefault();
    }
  });
}
