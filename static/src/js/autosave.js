// <form data-autosave>: some seconds after a change the draft is kept on the server, without files (they go with a
// press on a button). The answer {revision, message} keeps the form's revision in step. A press on a button waits for a
// save that is on its way, so that the two never meet.
const PAUSE = 4000;

function startForm(form) {
  const revision = form.querySelector("[name=revision]");
  const state = form.querySelector("[data-autosave-state]");
  const result = form.querySelector("[name=result]");
  if (!revision || !state) return;
  let timer = 0;
  let running = null;
  let leaving = false;
  let stopped = false;

  async function save() {
    const data = new FormData(form);
    for (const [name, value] of [...data]) {
      if (value instanceof File || /^file-\d+-/.test(name)) data.delete(name);
    }
    data.delete("drop");
    data.set("action", "save");
    try {
      const answer = await fetch(form.getAttribute("action") || location.href, { method: "POST", body: data, headers: { "X-Autosave": "1" }, redirect: "error" });
      const said = await answer.json();
      if (answer.ok) {
        revision.value = said.revision;
        const chosen = [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
        if (!chosen) form.dispatchEvent(new CustomEvent("pp:saved", { bubbles: true }));
      }
      if (answer.status === 409) stopped = true;
      state.textContent = said.message;
    } catch {
      state.textContent = "Chưa tự lưu được: mất kết nối hoặc hết phiên làm việc. Nội dung vẫn còn trên trang.";
    }
  }

  function soon() {
    clearTimeout(timer);
    if (leaving || stopped || !result?.value.trim()) return;
    timer = setTimeout(() => {
      running = save().finally(() => (running = null));
    }, PAUSE);
  }

  form.addEventListener("input", (event) => {
    if (event.target.type !== "file" && event.target.name !== "drop") soon();
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (running && !leaving) {
      event.preventDefault();
      const button = event.submitter;
      running.finally(() => form.requestSubmit(button));
      return;
    }
    leaving = true;
  });
  window.addEventListener("pageshow", () => (leaving = false));
}

export function startAutosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) startForm(form);
}
