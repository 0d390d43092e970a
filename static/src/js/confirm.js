// data-confirm="Question?" on a button, link or form asks first, in a <dialog>; hx-confirm uses the same one.
// data-confirm-ok names the button that goes on.
const agreed = new WeakSet();

export function ask(question, okText = "Tiếp tục") {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "pp-dialog";
    dialog.setAttribute("aria-labelledby", "pp-dialog-question");
    const text = document.createElement("p");
    text.id = "pp-dialog-question";
    text.textContent = question;
    const row = document.createElement("div");
    row.className = "pp-actions justify-content-end";
    row.append(button("btn btn-quiet", "Không", ""), button("btn btn-primary", okText, "ok"));
    dialog.append(text, row);
    function button(className, label, value) {
      const element = document.createElement("button");
      element.type = "button";
      element.className = className;
      element.textContent = label;
      element.addEventListener("click", () => dialog.close(value));
      return element;
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "ok");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

async function askFirst(event, element, goOn) {
  if (agreed.delete(element)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(element.dataset.confirm, element.dataset.confirmOk)) {
    agreed.add(element);
    goOn();
  }
}

export function startConfirm() {
  document.addEventListener(
    "click",
    (event) => {
      const element = event.target.closest("[data-confirm]:not(form)");
      if (!element) return;
      // Fields that fail the browser's own check are shown before the question.
      const form = element.type === "submit" && !element.formNoValidate ? element.form : null;
      if (form && !form.noValidate && !agreed.has(element) && !form.reportValidity()) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      askFirst(event, element, () => element.click());
    },
    true,
  );
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.matches("[data-confirm]")) askFirst(event, form, () => form.requestSubmit(event.submitter));
    },
    true,
  );
  document.addEventListener("htmx:confirm", async (event) => {
    const { question, issueRequest, elt } = event.detail;
    if (!question) return;
    event.preventDefault();
    if (await ask(question, elt.dataset.confirmOk)) issueRequest(true);
  });
}
