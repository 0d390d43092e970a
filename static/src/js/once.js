// A second press while a POST form is on its way is dropped (double clicks on a slow line).
// The lock opens again after some seconds, because a form may answer with a file.
const SECONDS = 8;
const sent = new WeakSet();

export function startOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    event.submitter?.setAttribute("aria-busy", "true");
    const open = () => {
      sent.delete(form);
      event.submitter?.removeAttribute("aria-busy");
    };
    setTimeout(open, SECONDS * 1000);
    window.addEventListener("pageshow", open, { once: true });
  });
}
